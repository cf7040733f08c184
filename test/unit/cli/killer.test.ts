import { describe, expect, it } from 'vitest';
import { Killer } from '../../../src/cli/drill/killer.ts';
import type { Waiting } from '../../../src/model/run.ts';

const wait = (changes: Partial<Waiting> = {}): Waiting => ({
  worker: 'one',
  at: '2026-11-21T04:00:00.000Z',
  tier: 'databases',
  step: 'orders',
  waitsFor: 'gate',
  reason: 'not yet',
  ...changes,
});
const at = (second: number): Date => new Date(Date.UTC(2026, 10, 21, 4, 0, second));

describe('the drill’s killer', () => {
  function killer(afterMs = 2_000): { readonly killed: string[]; readonly killer: Killer } {
    const killed: string[] = [];
    return { killed, killer: new Killer({ tier: 'databases', afterMs }, (worker) => killed.push(worker) > 0) };
  }

  it('kills the worker that waits in the chosen tier, after its time, and only once', () => {
    const { killed, killer: one } = killer();

    one.look([wait({ tier: 'storage', worker: 'two' })], at(0));
    one.look([wait()], at(1));
    one.look([wait()], at(2));
    expect(killed).toEqual([]);

    expect(one.look([wait()], at(3))).toBe('SIGKILL to worker one, in the middle of databases/orders');
    one.look([wait()], at(4));

    expect(killed).toEqual(['one']);
  });

  it('takes a later tier when the chosen one was over too soon, and never one before it', () => {
    const { killed, killer: one } = killer(0);

    one.look([wait({ tier: 'operators', worker: 'early' })], at(0));
    one.look([wait({ tier: 'queues', worker: 'late' })], at(1));

    expect(killed).toEqual(['late']);
  });

  it('measures until another worker goes on with the same step', () => {
    const { killer: one } = killer(0);
    one.look([wait()], at(10));

    expect(one.look([wait({ worker: 'two', step: 'catalog', at: at(11).toISOString() })], at(12))).toBeUndefined();
    expect(one.look([wait({ worker: 'two', at: at(14).toISOString() })], at(15))).toBe(
      'worker two went on after 4.0 s',
    );
    expect(one.killed?.wentOn).toEqual({ worker: 'two', at: at(14).toISOString(), seconds: 4 });
  });

  it('waits for a worker that is its own to kill', () => {
    const one = new Killer({ tier: 'databases', afterMs: 0 }, () => false);

    expect(one.look([wait()], at(0))).toBeUndefined();
    expect(one.killed).toBeUndefined();
  });
});
