import { describe, expect, it } from 'vitest';
import { splitTime, type Stretch } from '../../../src/model/times.ts';

const at = (second: number) => new Date(Date.UTC(2026, 10, 20, 3, 0, 0) + second * 1000).toISOString();
const stretch = (on: Stretch['on'], from: number, to: number): Stretch => ({ on, from: at(from), to: at(to) });

describe('splitTime', () => {
  it('calls everything overhead that nothing covers', () => {
    expect(splitTime(at(0), at(10), [])).toEqual({ criticalPath: 0, settle: 0, decision: 0, crash: 0, overhead: 10 });
  });

  it('counts engines side by side once', () => {
    const times = splitTime(at(0), at(10), [stretch('engine', 1, 6), stretch('engine', 2, 8)]);

    expect(times).toEqual({ criticalPath: 7, settle: 0, decision: 0, crash: 0, overhead: 3 });
  });

  it('gives a moment to the crash before the engine, to the engine before people, to people before settling', () => {
    const times = splitTime(at(0), at(20), [
      stretch('settle', 0, 20),
      stretch('decision', 5, 15),
      stretch('engine', 8, 12),
      stretch('crash', 10, 11),
    ]);

    expect(times).toEqual({ criticalPath: 3, settle: 10, decision: 6, crash: 1, overhead: 0 });
  });

  it('cuts what reaches over the ends, so that the parts add up to the whole', () => {
    const times = splitTime(at(0), at(10), [
      stretch('engine', -5, 2),
      stretch('decision', 9, 99),
      stretch('crash', 3, 3),
    ]);

    expect(times.criticalPath + times.settle + times.decision + times.crash + times.overhead).toBe(10);
    expect(times).toMatchObject({ criticalPath: 2, decision: 1, overhead: 7 });
  });
});
