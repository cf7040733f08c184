import type { RunView, TierView } from '../src/model/run.ts';
import { type TierName, tierNames } from '../src/model/tiers.ts';
import type { RunRecord } from './record.ts';
import type { Run } from './run.ts';

function tierView(name: TierName, record: RunRecord, held: ReadonlySet<string>): TierView {
  const steps = Object.values(record.steps).filter((step) => step.tier === name);
  const times = record.tiers[name];
  return {
    name,
    state: tierState(steps, times.healthyAt, times.startedAt, held),
    ...times,
    steps: steps.map(({ name: step, driver, state, generation, reason, reasonAt }) => ({
      name: step,
      driver,
      state,
      generation,
      ...(reason ? { reason } : {}),
      ...(reasonAt ? { reasonAt } : {}),
    })),
  };
}

function tierState(
  steps: readonly { readonly name: string }[],
  healthyAt: string | undefined,
  startedAt: string | undefined,
  held: ReadonlySet<string>,
): TierView['state'] {
  if (steps.length === 0) return 'empty';
  if (steps.some((step) => held.has(step.name))) return 'held';
  if (healthyAt) return 'done';
  return startedAt ? 'running' : 'pending';
}

/** A run on one page: pure, so that a query may ask for it. */
export function viewOf(run: Run): RunView {
  const { record, holds } = run;
  const common = {
    state: run.state,
    ...(run.state === run.within ? {} : { within: run.within }),
    holds: [...holds.values()],
    ...(run.awaitingApprovalSince ? { awaitingApprovalSince: run.awaitingApprovalSince } : {}),
  };
  if (!record) return { ...common, startedAt: run.beginning.startedAt, tiers: [] };
  return {
    ...common,
    recovery: record.recovery,
    plan: record.plan.name,
    site: record.plan.site,
    cluster: record.plan.cluster,
    startedAt: record.startedAt,
    tiers: tierNames.map((name) => tierView(name, record, new Set(holds.keys()))),
  };
}
