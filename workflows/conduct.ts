import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import type { LookedOnly } from '../src/model/look.ts';
import type { Report } from '../src/model/report.ts';
import type { Outcome } from '../src/model/run.ts';
import { phaseOf, tierNames } from '../src/model/tiers.ts';
import { awaitApproval } from './approval.ts';
import { now } from './clock.ts';
import { failedWith, RunFailed } from './failed.ts';
import { plain } from './plainly.ts';
import { calls } from './proxies.ts';
import type { RunRecord } from './record.ts';
import { outcomeOf } from './report.ts';
import type { Run } from './run.ts';
import { runTier } from './tier.ts';
import { gatePhaseOneTogether, verifySite } from './together.ts';

/** Longer than this held or awaiting, and phase one is looked at again before phase two. */
const staleAfterMs = 60_000;

/** What a run that continues as new hands to itself. */
interface Carried {
  readonly carried: RunRecord;
}

/** Only a run of the same chain may hand over its record. */
export function carriedOf(input: unknown): RunRecord | undefined {
  if (!workflowInfo().continuedFromExecutionRunId) return undefined;
  return (input as Carried | null)?.carried;
}

/** How a run's conduct ended. */
export interface Ended {
  readonly outcome: Outcome;
  readonly because?: string;
  /** The failure type that the run closes with, where it is not the outcome. */
  readonly type?: string;
  /** Of a run that only looked: its whole result. */
  readonly looked?: LookedOnly;
}

/** Does a run's work, and says how it ended: by itself, by a failure, or by somebody's decision. */
export async function conduct(run: Run, work: () => Promise<Ended>): Promise<Ended> {
  try {
    return await run.scope.run(work);
  } catch (error) {
    // Steps beside the failed one are stopped where they wait; what they restored stays.
    if (!isCancellation(error)) run.scope.cancel();
    // Nobody can decide on it any more: an answer would be accepted and lost.
    run.holds.clear();
    delete run.approvals.since;
    if (error instanceof RunFailed) return endedBy(error);
    if (!isCancellation(error)) return unforeseen(error);
    if (run.abort)
      return { outcome: 'aborted', because: `aborted by ${run.abort.input.by} (stated): ${run.abort.input.reason}` };
    return { outcome: 'aborted', because: 'cancellation was requested' };
  }
}

function endedBy({ failed: { message, type } }: RunFailed): Ended {
  if (type === 'aborted') return { outcome: 'aborted', because: message };
  return { outcome: 'failed', because: message, type: closeType(type) };
}

/** An activity's failure that no place expected ends the run in order; anything else is a bug and stops the task. */
function unforeseen(error: unknown): Ended {
  const failed = failedWith(error);
  return { outcome: 'failed', because: failed.message, type: closeType(failed.type) };
}

/** The types that a run's list should show instead of plain `failed`. */
function closeType(type: string | undefined): string {
  const kept = ['SiteBusy', 'PlanInvalid', 'RequestInvalid', 'NotOurs'];
  return type && kept.includes(type) ? type : 'failed';
}

/** The eight tiers, each proven healthy before the next, then the whole site. The run is planned. */
export async function restoreTiers(run: Run): Promise<void> {
  for (const tier of tierNames) {
    if (run.known.tiers[tier].healthyAt) continue;
    await run.unpaused();
    if (phaseOf(tier) === 'two') await beforePhaseTwo(run);
    run.enter(phaseOf(tier) === 'one' ? 'phase-one' : 'phase-two', tier);
    await runTier(run, tier);
    await run.unpaused();
    await continueWhereLong(run);
  }
  await beforePhaseTwo(run);
  await run.unpaused();
  run.enter('verifying');
  await verifySite(run);
}

/** Once, between the phases: every gate of phase one together, then the approval, then the gates again if it took long. */
async function beforePhaseTwo(run: Run): Promise<void> {
  const { known } = run;
  if (known.approvedAt) return;
  known.waitedMs = 0;
  await gatePhaseOneTogether(run);
  known.phaseOneGateAt = now();
  if (known.plan.approval.beforePhaseTwo && asksApproval(known)) await awaitApproval(run);
  for (;;) {
    await run.unpaused();
    if (known.waitedMs <= staleAfterMs) break;
    known.waitedMs = 0;
    await gatePhaseOneTogether(run);
  }
  known.approvedAt = now();
}

/** A drill lets no traffic in: it asks nobody, unless its request says so. */
function asksApproval({ plan, request }: RunRecord): boolean {
  return plan.drillOf === undefined || request.onApproval === 'wait';
}

/** Only at a tier's end, never while held, and with every handler finished. */
async function continueWhereLong(run: Run): Promise<void> {
  if (!workflowInfo().continueAsNewSuggested || run.holds.size > 0) return;
  await run.noted();
  await condition(allHandlersFinished);
  await continueAsNew<(input: Carried) => Promise<Report>>({ carried: run.known });
}

/** Accounts for every object of the Backup, and says what the run has come to. */
export async function account(run: Run): Promise<Ended> {
  run.enter('ending');
  const { known } = run;
  const skipped = Object.values(known.steps).flatMap((step) => (step.state === 'skipped' ? [step.name] : []));
  try {
    if (known.run)
      known.completeness = run.take(
        await calls.judgeCompleteness({ run: known.run, ...(skipped.length > 0 ? { skipped } : {}) }),
      );
  } catch (error) {
    known.exceptions.push(`completeness could not be judged: ${failedWith(error).message}`);
  }
  return outcomeOf(known);
}

/** Closes with a status that the UI's list shows rightly: never green for what did not recover. */
export function close(ended: Ended, report: Report | undefined): Report {
  if (report && ended.outcome !== 'failed' && ended.outcome !== 'aborted') return report;
  throw plain(
    ApplicationFailure.create({
      type: ended.type ?? ended.outcome,
      message: ended.because ?? ended.outcome,
      nonRetryable: true,
      details: report ? [report] : [],
    }),
  );
}
