import { condition } from '@temporalio/workflow';
import type { Step } from '../src/model/plan.ts';
import type { TierName } from '../src/model/tiers.ts';
import { allOf } from './all-of.ts';
import { now } from './clock.ts';
import type { Run } from './run.ts';
import { runStep } from './step.ts';

/** Lets at most so many work at once; a step that is held gives its place to a sibling. */
export function slots(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = count;
  return async (work) => {
    while (free === 0) await condition(() => free > 0);
    free -= 1;
    try {
      return await work();
    } finally {
      free += 1;
    }
  };
}

/** One tier: its steps side by side, each after those it depends on. Ends when every step is done. */
export async function runTier(run: Run, tier: TierName): Promise<void> {
  const { plan, tiers } = run.known;
  const steps = plan.tiers[tier];
  if (steps.length === 0) return;
  tiers[tier].startedAt ??= now();
  run.show();
  const slot = slots(plan.parallelism);
  const launched = new Map<string, Promise<void>>();
  const launch = (step: Step): Promise<void> => {
    const known = launched.get(step.name);
    if (known) return known;
    const work = (async () => {
      await Promise.all(steps.filter((other) => step.dependsOn.includes(other.name)).map(launch));
      await runStep(run, step, slot);
    })();
    launched.set(step.name, work);
    return work;
  };
  await allOf(run, steps.map(launch));
  tiers[tier].healthyAt ??= now();
  run.show();
}
