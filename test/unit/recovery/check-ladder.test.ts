import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CheckLadder } from '../../../src/recovery/check-ladder.ts';
import { gateLooker } from '../../../src/recovery/gate.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import { KubeError } from '../../../src/kube/error.ts';
import type { Check } from '../../../src/model/plan.ts';
import type { Session } from '../../../src/recovery/session.ts';
import { fakeKube, pod } from '../health/check-kube.ts';

const minute = 60_000;

/** Runs a command in the pods of `orders-db`. */
function check(name: string): Check {
  const spec = { podSelector: { app: 'orders-db' }, command: [name] };
  return { name, type: 'exec', spec, timeoutMs: 10 * minute, attemptTimeoutMs: 10_000, everyMs: 1000 };
}

/** A cluster whose commands fail by name; `silent`: it does not answer when it is asked for an object. */
function stage() {
  const failing = new Set<string>();
  const world = { objects: [pod('orders-db-0')], isSilent: false };
  const tried: string[] = [];
  const base = fakeKube({
    objects: world.objects,
    exec: (options) => {
      const [name = ''] = options.command;
      tried.push(name);
      return Promise.resolve({ exitCode: failing.has(name) ? 1 : 0, stdout: '', stderr: '', cut: false });
    },
  });
  const kube: KubeClient = {
    ...base,
    get: (ref) => {
      if (world.isSilent) throw new KubeError('no answer', { code: 0, reason: 'Unreachable' });
      return Promise.resolve(world.objects.find(({ metadata }) => metadata.name === ref.name));
    },
  };
  const plan = { namespaces: ['shop-data'], accept: [], verdicts: [] };
  const session = { plan, kube, watched: { kube, direct: 0 }, signal: new AbortController().signal };
  return { failing, world, tried, session: session as unknown as Session };
}

describe('CheckLadder', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: 0 }));
  afterEach(() => void vi.useRealTimers());

  it('is due by the checks that it reached: one further up has no next try while it waits', async () => {
    const { failing, session } = stage();
    failing.add('b');
    const ladder = new CheckLadder(session, [check('a'), check('b')]);
    expect(await ladder.look(false)).toMatchObject({ waitsFor: expect.stringContaining('check b'), dueInMs: 1000 });

    failing.add('a');
    vi.setSystemTime(minute);
    const seen = await ladder.look(false);

    expect(seen).toMatchObject({ waitsFor: expect.stringContaining('check a'), dueInMs: 1000 });
    expect(seen.reports).toHaveLength(1);
  });

  it('asks a check again only when it is due', async () => {
    const { failing, tried, session } = stage();
    failing.add('a');
    const ladder = new CheckLadder(session, [check('a')]);
    await ladder.look(false);
    vi.setSystemTime(400);

    expect(await ladder.look(false)).toMatchObject({ dueInMs: 600 });
    expect(tried).toEqual(['a']);
    vi.setSystemTime(1000);
    await ladder.look(false);
    expect(tried).toEqual(['a', 'a']);
  });

  it("takes a check's time only while it is looked at: an earlier one that is down does not use it up", async () => {
    const { failing, session } = stage();
    failing.add('b');
    const ladder = new CheckLadder(session, [check('a'), check('b')]);
    await ladder.look(false);
    failing.add('a');
    vi.setSystemTime(2 * minute);
    await ladder.look(false);
    failing.delete('a');
    vi.setSystemTime(15 * minute);

    expect(await ladder.look(false)).toMatchObject({
      waitsFor: expect.stringContaining('check b'),
      overdue: false,
    });
    vi.setSystemTime(25 * minute);
    expect(await ladder.look(false)).toMatchObject({ overdue: true });
  });

  it.each([
    ['the objects do not pass', { objects: [] }],
    ['the cluster does not answer', { isSilent: true }],
  ])("does not take a check's time while %s", async (_what, trouble) => {
    const { failing, world, session } = stage();
    failing.add('a');
    const refs = [{ apiVersion: 'v1', kind: 'Pod', namespace: 'shop-data', name: 'orders-db-0' }];
    const look = gateLooker(session, { tier: 'databases', refs, checks: [check('a')] });
    expect(await look(false)).toMatchObject({ reason: expect.stringContaining('check a'), terminal: false });

    const before = { ...world };
    Object.assign(world, trouble);
    vi.setSystemTime(minute);
    const [hidden] = await Promise.allSettled([look(false)]);
    expect(hidden).not.toMatchObject({ value: { passed: true } });
    Object.assign(world, before);
    vi.setSystemTime(15 * minute);

    expect(await look(false)).toMatchObject({ reason: expect.stringContaining('check a'), terminal: false });
    vi.setSystemTime(25 * minute);
    expect(await look(false)).toMatchObject({ reason: expect.stringContaining('check a'), terminal: true });
  });
});
