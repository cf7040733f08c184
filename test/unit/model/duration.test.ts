import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/model/duration.ts';

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['90s', 90_000],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['0s', 0],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '90', 's', '1.5h', '-5m', '5 m', '30m1h', '1h1h', '15M', '15min', 'PT15M', '1e3s', '٣s', '5m\n'])(
    'does not read %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it.each([0, 1, 999, 1_000, 60_000, 5_400_000, 93_784_005, 86_400_000])(
    'writes %d so that it reads the same',
    (ms) => {
      expect(parseDuration(formatDuration(ms))).toBe(ms);
    },
  );
});
