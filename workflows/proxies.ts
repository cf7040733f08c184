import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

/** From half a second, without end: bounded by the budget of the call, never by a count. */
const retry = { initialInterval: '500ms', backoffCoefficient: 1.5, maximumInterval: '2s' } as const;

/** A cancelled act is waited for: nothing may act any more when the lock is given back. */
const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

/**
 * The one table of patience. Heartbeat timeout 4 s against a beat each second: a dead worker is noticed within 4 s.
 * Nothing else in the workflows names a timeout of an activity.
 */
export const patience = {
  /** One short act or look. */
  call: { startToCloseTimeout: '3m', scheduleToCloseTimeout: '30m', heartbeatTimeout: '4s', cancellationType, retry },
  /** What must not keep a decision or an ended run waiting for long: noting it, giving the lock back. */
  brief: { startToCloseTimeout: '30s', scheduleToCloseTimeout: '1m', heartbeatTimeout: '4s', cancellationType, retry },
  look: { startToCloseTimeout: '3m', scheduleToCloseTimeout: '5m', heartbeatTimeout: '4s', cancellationType, retry },
  /** Putting back what was stopped: a cluster that is away for minutes must not leave a site stopped. */
  putBack: {
    startToCloseTimeout: '3m',
    scheduleToCloseTimeout: '10m',
    heartbeatTimeout: '4s',
    cancellationType,
    retry,
  },
} as const satisfies Record<string, ActivityOptions>;

/** Short acts and looks. */
export const calls = proxyActivities<Activities>(patience.call);

/** Notes, and the acts of a run's end. */
export const brief = proxyActivities<Activities>(patience.brief);

/** A look that restores nothing ends soon, whatever does not answer: it is started by itself, beside recoveries. */
export const looks = proxyActivities<Activities>(patience.look);

/** Puts back, at a run's end. */
export const putsBack = proxyActivities<Activities>(patience.putBack);

/** A call's budget is judged inside it; this is the outer net, for a cluster or worker that never comes back. */
const netMs = 10 * 60_000;

/** Short acts and looks, with what the UI's timeline shows of them instead of the activity's name. */
export function callsFor(summary: string) {
  return proxyActivities<Activities>({ ...patience.call, summary });
}

/** Waits with a budget of their own, in ms; the summary is what the UI's timeline shows. */
export function waits(budgetMs: number, summary?: string) {
  const outer = budgetMs + netMs;
  return proxyActivities<Activities>({
    startToCloseTimeout: outer,
    scheduleToCloseTimeout: outer,
    heartbeatTimeout: '4s',
    cancellationType,
    retry,
    ...(summary === undefined ? {} : { summary }),
  });
}
