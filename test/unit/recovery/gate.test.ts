import { describe, expect, it } from 'vitest';
import { KubeError } from '../../../src/kube/error.ts';
import { type GateMoment, holdGate } from '../../../src/recovery/gate.ts';
import type { Session } from '../../../src/recovery/session.ts';

const passing: GateMoment = {
  passed: true,
  terminal: false,
  suspect: false,
  refused: false,
  reason: '',
  objects: 1,
  debts: [],
  exceptions: [],
  checks: [],
};
const waiting: GateMoment = { ...passing, passed: false, reason: '0 of 1 ready' };

/** All that holding a gate reads of a session; nothing wakes it. */
function sessionWith(stableForMs: number, degradedForMs = 60_000): Session {
  return { plan: { stableForMs, degradedForMs }, signal: new AbortController().signal } as unknown as Session;
}

/** Answers one after the other, the last one for ever; notes whether each look had to be a fresh one. */
function looksOf(answers: readonly (GateMoment | KubeError)[]) {
  const fresh: boolean[] = [];
  const look = async (isFresh: boolean): Promise<GateMoment> => {
    const answer = answers[Math.min(fresh.length, answers.length - 1)] ?? waiting;
    fresh.push(isFresh);
    if (answer instanceof KubeError) throw answer;
    return answer;
  };
  return { fresh, look };
}

const hold = (look: (fresh: boolean) => Promise<GateMoment>, stableForMs: number, withinMs: number) =>
  holdGate(sessionWith(stableForMs), look, { deadlineAt: Date.now() + withinMs, say: () => undefined });

// Real seconds: holding is a matter of time.
describe('holdGate', { timeout: 30_000 }, () => {
  it('counts a gate only by a fresh look, made when its time was up', async () => {
    const { fresh, look } = looksOf([passing]);

    const waited = await hold(look, 600, 3000);

    expect(waited).toHaveProperty('held');
    expect(fresh.at(-1)).toBe(true);
    expect(fresh.slice(0, -1)).not.toContain(true);
  });

  it('does not hold across a silence of the cluster: the time begins anew after it', async () => {
    const silence = new KubeError('no answer', { code: 0, reason: 'Unreachable' });
    const { fresh, look } = looksOf([passing, silence, silence, passing]);

    const waited = await hold(look, 800, 10_000);

    // One look before the silence, two in it, and then as many as a whole time needs.
    expect(waited).toHaveProperty('held');
    expect(fresh.length).toBeGreaterThanOrEqual(6);
    const { passedAt = '', heldAt = '' } = 'held' in waited ? waited.held : {};
    expect(Date.parse(heldAt) - Date.parse(passedAt)).toBeGreaterThanOrEqual(800);
  });

  it('begins anew when what passed has fallen', async () => {
    const { look } = looksOf([passing, waiting, passing]);

    const waited = await hold(look, 600, 10_000);

    expect(waited).toHaveProperty('held');
  });

  it('fails at its deadline with the last reason, and at once where nothing can heal', async () => {
    const late = await hold(looksOf([waiting]).look, 100, 50);
    const lost = await hold(looksOf([{ ...waiting, terminal: true }]).look, 100, 60_000);

    expect(late).toMatchObject({ failed: { reason: 'GateOverdue', message: 'not healthy in time: 0 of 1 ready' } });
    expect(lost).toMatchObject({ failed: { reason: 'NotHealthy' } });
  });

  it('ends by a direct look only: a failure that only the watches saw does not count', async () => {
    const fresh: boolean[] = [];
    const look = async (isFresh: boolean): Promise<GateMoment> => {
      fresh.push(isFresh);
      return isFresh || fresh.length > 2 ? passing : { ...waiting, terminal: true };
    };

    const waited = await hold(look, 100, 10_000);

    expect(waited).toHaveProperty('held');
    expect(fresh.slice(0, 2)).toEqual([false, true]);
  });
});

describe('what is Degraded and may still heal', { timeout: 30_000 }, () => {
  const suspect: GateMoment = { ...waiting, suspect: true, reason: 'Pod a/b: CrashLoopBackOff' };
  const holdSuspect = (look: (fresh: boolean) => Promise<GateMoment>, degradedForMs: number, withinMs: number) =>
    holdGate(sessionWith(100, degradedForMs), look, { deadlineAt: Date.now() + withinMs, say: () => undefined });

  it('fails the gate when it has been so for too long without a break, and says for how long and what', async () => {
    const waited = await holdSuspect(looksOf([suspect]).look, 1200, 60_000);

    expect(waited).toMatchObject({
      failed: {
        reason: 'DegradedTooLong',
        message: 'Degraded without a break for 1 s: Pod a/b: CrashLoopBackOff',
        moment: { suspect: true },
      },
    });
  });

  it.each([
    ['one look that is not', waiting],
    ['a silence of the cluster', new KubeError('no answer', { code: 0, reason: 'Unreachable' })],
  ])('begins anew after %s', async (_what, between) => {
    const { look } = looksOf([suspect, suspect, between, suspect, suspect, suspect, passing]);

    const waited = await holdSuspect(look, 1700, 60_000);

    expect(waited).toHaveProperty('held');
  });
});

describe('what may not be read', { timeout: 30_000 }, () => {
  const refused: GateMoment = { ...waiting, refused: true, reason: 'we may not get pods' };
  const holdRefused = async (look: (fresh: boolean) => Promise<GateMoment>, refusedForMs: number) => {
    const said: string[] = [];
    const say = (reason: string): void => void said.push(reason);
    const waited = await holdGate(sessionWith(100), look, { deadlineAt: Date.now() + 60_000, refusedForMs, say });
    return { waited, said };
  };

  it('is borne for a while, for an API server that has just started refuses everybody', async () => {
    const { waited, said } = await holdRefused(looksOf([refused, refused, passing]).look, 5000);

    expect(waited).toHaveProperty('held');
    expect(said).toContain('we may not get pods');
  });

  it('fails the gate when it stays so, seen at last by the API server itself', async () => {
    const { fresh, look } = looksOf([refused]);

    const { waited } = await holdRefused(look, 1200);

    expect(waited).toMatchObject({ failed: { reason: 'NotHealthy', message: 'we may not get pods' } });
    expect(fresh.length).toBeGreaterThanOrEqual(3);
    expect(fresh.at(-1)).toBe(true);
  });

  it.each([
    ['one look that is let in', waiting],
    ['a silence of the cluster', new KubeError('no answer', { code: 0, reason: 'Unreachable' })],
  ])('begins anew after %s', async (_what, between) => {
    const { waited } = await holdRefused(looksOf([refused, refused, between, refused, refused, passing]).look, 1700);

    expect(waited).toHaveProperty('held');
  });
});
