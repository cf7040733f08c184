import { describe, expect, it } from 'vitest';
import { CliError } from '../../../src/cli/cli-error.ts';
import { type CreateOptions, scheduleOf } from '../../../src/cli/schedule/request.ts';

const usual: CreateOptions = { what: 'drill', jitter: '5m', catchUp: '1h' };

describe('what a Schedule is made of', () => {
  it('starts a drill that ends when it fails, never two at once', () => {
    expect(scheduleOf('bookstore', { ...usual, every: '7d' })).toMatchObject({
      scheduleId: 'rekindle-drill-bookstore',
      spec: { intervals: [{ every: 604_800_000 }], jitter: 300_000 },
      action: {
        workflowType: 'drillSite',
        workflowId: 'drill-bookstore',
        taskQueue: 'rekindle',
        args: [{ plan: 'bookstore', onFailure: 'abort' }],
      },
      policies: { overlap: 'SKIP', catchupWindow: 3_600_000 },
      state: { paused: false, note: 'rehearses plan bookstore on its drill cluster, every 7d' },
    });
  });

  it('makes a recovery a button, whose run is held where it fails: whoever presses it is there', () => {
    const { spec, action } = scheduleOf('bookstore', { ...usual, what: 'recovery' });

    expect(spec).toEqual({});
    expect(action).toMatchObject({ workflowType: 'recoverSite', args: [{ plan: 'bookstore' }] });
  });

  it.each<[string, Partial<CreateOptions>, RegExp]>([
    ['a recovery by the clock', { what: 'recovery', every: '7d' }, /^a recovery is not started by a clock/],
    ['no time at all', {}, /^say when: --every 7d, or --cron .*; or --paused/],
    ['two times', { every: '7d', cron: '0 3 * * 6' }, /^--every and --cron exclude one another$/],
    ['a cron of four fields', { cron: '0 3 * *' }, /^--cron "0 3 \* \*" is not a time: five fields/],
    ['a cron with a foreign sign', { cron: '0 3 * * $(x)' }, /is not a time/],
    ['an interval too short', { every: '5m' }, /^--every 5m: it must be 1h to 366d$/],
    ['an interval without a unit', { every: '7' }, /^--every "7": write a duration, as 90s, 15m or 7d$/],
    ['a zone of an interval', { every: '7d', timezone: 'UTC' }, /^--timezone belongs to --cron/],
    ['an unknown zone', { cron: '0 3 * * 6', timezone: 'Berlin' }, /^--timezone "Berlin" is no time zone/],
    ['a catch-up below what Temporal keeps', { every: '7d', catchUp: '1s' }, /^--catch-up 1s: it must be 10s to 366d$/],
  ])('refuses %s in one sentence', (_what, typed, sentence) => {
    const make = () => scheduleOf('bookstore', { ...usual, ...typed });

    expect(make).toThrow(CliError);
    expect(make).toThrow(sentence);
  });
});
