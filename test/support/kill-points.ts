/** Where workers die in the test of the whole drill: chosen by a seed, so that a failure can be had again. */
import type { KillPoint } from '../../src/cli/drill/killer.ts';
import type { TierName } from '../../src/model/tiers.ts';

/** One kill for each: before there is data, while data comes back, after the approval. */
const stretches: readonly (readonly TierName[])[] = [
  ['namespaces', 'crds', 'operators'],
  ['storage', 'databases', 'queues'],
  ['applications', 'ingress'],
];

/** Most tiers wait for longer than this; where one does not, the worker dies in the next. */
const longestDelayMs = 2_000;

/** Three points, in an order that the seed chooses too: the first of them are as good as any. */
export function killPoints(seed: number): KillPoint[] {
  const random = numbersFrom(seed);
  const points = stretches.map((tiers) => ({
    tier: tiers[Math.floor(random() * tiers.length)] ?? 'databases',
    afterMs: Math.floor(random() * longestDelayMs),
    order: random(),
  }));
  return points.toSorted((a, b) => a.order - b.order).map(({ tier, afterMs }) => ({ tier, afterMs }));
}

/** A linear congruential generator (the constants are Numerical Recipes'): numbers from 0 up to, not including, 1. */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  next(); // small seeds give small first numbers
  return next;
}
