import { type ApprovalView, isOver, type RunView, type TierView } from '../src/model/run.ts';
import { type TierName, tierNames } from '../src/model/tiers.ts';
import { lookedAt } from './approval.ts';
import { after, type Taken } from './clock.ts';
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

/** How the wait for approvals stands, and afterwards what was given. */
function approvalView(run: Run): Partial<RunView> {
  const { since, given, voided } = run.approvals;
  const approval = run.record?.plan.approval;
  if (!approval) return {};
  const looked = new Set<Taken<unknown>>(lookedAt(run));
  const all = given.map((one): ApprovalView => ({
    by: one.input.by,
    at: one.at,
    ...(looked.has(one) ? { pending: true } : {}),
    ...(one.updateId === undefined ? {} : { update: one.updateId }),
  }));
  const approvals = [...voided, ...all].toSorted((a, b) => a.at.localeCompare(b.at));
  const shown = approvals.length > 0 ? { approvals } : {};
  if (since === undefined) return shown;
  const { withinMs, then = 'abort', people = 1, approvers } = approval;
  return {
    awaitingApprovalSince: since,
    ...shown,
    ...(people > 1 ? { approvalsNeeded: people } : {}),
    ...(approvers ? { approvers: approvers.map(({ name }) => name) } : {}),
    ...(withinMs === undefined ? {} : { approveBy: after(since, withinMs), thenAtApproveBy: then }),
  };
}

/** A run on one page: pure, so that a query may ask for it. */
export function viewOf(run: Run): RunView {
  const { record, holds } = run;
  const common = {
    state: run.state,
    ...(run.state === run.within ? {} : { within: run.within }),
    holds: [...holds.values()],
    ...(record?.paused && !isOver(run.within) ? { paused: record.paused } : {}),
    ...approvalView(run),
  };
  if (!record) return { ...common, startedAt: run.beginning.startedAt, tiers: [] };
  const cleansUp = record.request.drill?.cleanUp !== undefined;
  return {
    ...common,
    recovery: record.recovery,
    plan: record.plan.name,
    site: record.plan.site,
    cluster: record.plan.cluster,
    ...(record.plan.drillOf === undefined ? {} : { drillOf: record.plan.drillOf }),
    ...(record.standsUntil === undefined ? {} : { standsUntil: record.standsUntil }),
    ...(cleansUp ? { cleansUpOnly: true } : {}),
    startedAt: cleansUp ? (record.begunAt ?? record.startedAt) : record.startedAt,
    tiers: (cleansUp ? [] : tierNames).map((name) => tierView(name, record, new Set(holds.keys()))),
  };
}
