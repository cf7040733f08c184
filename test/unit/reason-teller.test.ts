import type { Client } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReasonTeller } from '../../activities/acting.ts';
import type { Waiting } from '../../src/model/run.ts';

describe('the telling of reasons', () => {
  const told: string[] = [];
  const signal = async (_name: string, { step, reason }: Waiting): Promise<void> => {
    told.push(`${step}: ${reason}`);
  };
  const client = { workflow: { getHandle: () => ({ signal }) } } as unknown as Client;
  const because = (step: string, reason: string): Waiting => ({
    worker: 'w',
    at: 'now',
    step,
    waitsFor: 'gate',
    reason,
  });

  beforeEach(() => {
    vi.useFakeTimers();
    told.length = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is at once for the first, then at most once in its time, always the newest of a place, none for ever untold', () => {
    const teller = new ReasonTeller(client, 10_000);
    teller.tell('w', 'r', because('a', 'one'));
    teller.tell('w', 'r', because('a', 'two'));
    teller.tell('w', 'r', because('b', 'its own'));
    teller.tell('w', 'r', because('a', 'three'));
    expect(told).toEqual(['a: one']);

    vi.advanceTimersByTime(9_999);
    expect(told).toEqual(['a: one']);
    vi.advanceTimersByTime(1);
    expect(told).toEqual(['a: one', 'a: three']);
    vi.advanceTimersByTime(10_000);
    expect(told).toEqual(['a: one', 'a: three', 'b: its own']);
    vi.advanceTimersByTime(60_000);
    expect(told).toHaveLength(3);
  });

  it('is not done for a wait that has ended', () => {
    const teller = new ReasonTeller(client, 10_000);
    teller.tell('w', 'r', because('a', 'one'));
    teller.tell('w', 'r', because('a', 'two'));
    teller.forget('r', because('a', 'two'));

    vi.advanceTimersByTime(60_000);

    expect(told).toEqual(['a: one']);
  });
});
