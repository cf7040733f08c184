import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

/** From half a second, without end: bounded by the budget of the call, never by a count. */
const retry = { initialInterval: '500ms', backoffCoefficient: 1.5, maximumInterval: '2s' } as const;

/**
 * The one table of patience. Heartbeat timeout 4 s against a beat each second: a dead worker is noticed within 4 s.
 * Nothing else in the workflows names a timeout of an activity.
 */
export const patience = {
  /** One short act or look. */
  call: { startToCloseTimeout: '3m', scheduleToCloseTimeout: '30m', heartbeatTimeout: '4s', retry },
  /** Giving back what is held, when the run ends: must not keep an ended run open for long. */
  ending: { startToCloseTimeout: '1m', scheduleToCloseTimeout: '3m', heartbeatTimeout: '4s', retry },
} as const satisfies Record<string, ActivityOptions>;

/** Short acts and looks. */
export const calls = proxyActivities<Activities>(patience.call);

/** The acts of a run's end. */
export const endings = proxyActivities<Activities>(patience.ending);

/** A call's budget is judged inside it; this is the outer net, for a cluster or worker that never comes back. */
const netMs = 10 * 60_000;

/** Waits with a budget of their own, in ms. */
export function waits(budgetMs: number) {
  const outer = budgetMs + netMs;
  return proxyActivities<Activities>({
    startToCloseTimeout: outer,
    scheduleToCloseTimeout: outer,
    heartbeatTimeout: '4s',
    retry,
  });
}
