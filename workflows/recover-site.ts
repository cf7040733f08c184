import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import type { LookedOnly } from '../src/model/look.ts';
import type { Report } from '../src/model/report.ts';
import type { Outcome } from '../src/model/run.ts';
import { failedWith, RunFailed } from './failed.ts';
import { gatePhaseOneTogether, verifySite } from './together.ts';
import { phaseOf, tierNames } from '../src/model/tiers.ts';
import { brief, calls } from './proxies.ts';
import { plan } from './planning.ts';
import type { RunRecord } from './record.ts';
import { outcomeOf, reportOf } from './report.ts';
import { now, Run } from './run.ts';
import { runTier } from './tier.ts';

/** Longer than this held or awaiting, and phase one is looked at again before phase two. */
const staleAfterMs = 60_000;

/** What a run that continues as new hands to itself. */
interface Carried {
  readonly carried: RunRecord;
}

/**
 * Restores a site: planning, preflight, eight tiers in two phases, each proven healthy before the next, then the whole
 * site verified. One input: one JSON object, `RecoverRequest`. Result: the report. A run that did not recover closes as
 * Failed with its outcome as type and the report as first detail. With `planOnly` it looks, restores nothing, and says so.
 */
export async function recoverSite(input?: unknown): Promise<Report | LookedOnly> {
  const run = new Run(carriedOf(input));
  run.show();
  const ended = await conduct(run, input);
  return CancellationScope.nonCancellable(() => finish(run, ended));
}

/** How a run's conduct ended. */
type Ended = Recovered | { readonly looked: LookedOnly };

interface Recovered {
  readonly outcome: Outcome;
  readonly because?: string;
  /** The failure type that the run closes with, where it is not the outcome. */
  readonly type?: string;
}

/** Only a run of the same chain may hand over its record. */
function carriedOf(input: unknown): RunRecord | undefined {
  if (!workflowInfo().continuedFromExecutionRunId) return undefined;
  return (input as Carried | null)?.carried;
}

async function conduct(run: Run, input: unknown): Promise<Ended> {
  try {
    return await run.scope.run(() => recover(run, input));
  } catch (error) {
    if (error instanceof RunFailed) {
      // Steps beside the failed one are stopped where they wait; what they restored stays.
      run.scope.cancel();
      return { outcome: 'failed', because: error.failed.message, type: closeType(error.failed.type) };
    }
    if (!isCancellation(error)) return unforeseen(run, error);
    if (run.abort)
      return { outcome: 'aborted', because: `aborted by ${run.abort.input.by} (stated): ${run.abort.input.reason}` };
    return { outcome: 'aborted', because: 'cancellation was requested' };
  }
}

/** An activity's failure that no place expected ends the run in order; anything else is a bug and stops the task. */
function unforeseen(run: Run, error: unknown): Recovered {
  const failed = failedWith(error);
  run.scope.cancel();
  return { outcome: 'failed', because: failed.message, type: closeType(failed.type) };
}

/** The types that a run's list should show instead of plain `failed`. */
function closeType(type: string | undefined): string {
  const kept = ['SiteBusy', 'PlanInvalid', 'RequestInvalid', 'NotOurs'];
  return type && kept.includes(type) ? type : 'failed';
}

async function recover(run: Run, input: unknown): Promise<Ended> {
  const looked = run.record ? undefined : await plan(run, input);
  if (looked) return { looked };
  for (const tier of tierNames) {
    if (run.known.tiers[tier].healthyAt) continue;
    if (phaseOf(tier) === 'two') await beforePhaseTwo(run);
    run.enter(phaseOf(tier) === 'one' ? 'phase-one' : 'phase-two', tier);
    await runTier(run, tier);
    await continueWhereLong(run);
  }
  await beforePhaseTwo(run);
  run.enter('verifying');
  await verifySite(run);
  return account(run);
}

/** Once, between the phases: every gate of phase one together, then the approval, then the gates again if it took long. */
async function beforePhaseTwo(run: Run): Promise<void> {
  const { known } = run;
  if (known.approvedAt) return;
  known.waitedMs = 0;
  await gatePhaseOneTogether(run);
  known.phaseOneGateAt = now();
  if (known.plan.approval.beforePhaseTwo) await awaitApproval(run);
  while (known.waitedMs > staleAfterMs) {
    known.waitedMs = 0;
    await gatePhaseOneTogether(run);
  }
  known.approvedAt = now();
}

async function awaitApproval(run: Run): Promise<void> {
  const since = now();
  run.awaitingApprovalSince = since;
  run.enter('awaiting-approval');
  await condition(() => run.approval !== undefined);
  run.awaitingApprovalSince = undefined;
  if (!run.approval) return;
  const { input, at, updateId } = run.approval;
  run.spend('decision', since, at);
  run.known.waitedMs += Date.parse(at) - Date.parse(since);
  run.show();
  // Phase two waits until it is known who really called.
  await run.note({ at, kind: 'approve', by: input.by, reason: input.reason }, updateId);
}

/** Only at a tier's end, never while held, and with every handler finished. */
async function continueWhereLong(run: Run): Promise<void> {
  if (!workflowInfo().continueAsNewSuggested || run.holds.size > 0) return;
  await condition(allHandlersFinished);
  await continueAsNew<typeof recoverSite>({ carried: run.known } satisfies Carried);
}

async function account(run: Run): Promise<Recovered> {
  run.enter('ending');
  const { known } = run;
  try {
    if (known.run) known.completeness = run.take(await calls.judgeCompleteness({ run: known.run }));
  } catch (error) {
    known.exceptions.push(`completeness could not be judged: ${failedWith(error).message}`);
  }
  return outcomeOf(known);
}

/** Notes what ended the run, gives the lock back, and closes with a status that the UI's list shows rightly. */
async function finish(run: Run, ended: Ended): Promise<Report | LookedOnly> {
  if ('looked' in ended) {
    await condition(allHandlersFinished);
    return ended.looked;
  }
  run.holds.clear();
  const { record } = run;
  if (!record) return close(ended, undefined);
  run.enter('ending');
  await noteAbort(run);
  await release(run, ended.outcome);
  await condition(allHandlersFinished);
  return close(ended, reportOf(record, ended.outcome, ended.because, now()));
}

async function noteAbort(run: Run): Promise<void> {
  const { abort } = run;
  if (!abort) return;
  const { by, reason } = abort.input;
  await run.note({ at: abort.at, kind: 'abort', by, reason }, abort.updateId);
}

async function release(run: Run, outcome: Outcome): Promise<void> {
  const { known } = run;
  const { sought } = known;
  if (!sought) return;
  try {
    run.take(await brief.releaseSite({ run: sought, outcome }));
  } catch (error) {
    known.exceptions.push(`the lock was not given back: ${failedWith(error).message}`);
  }
}

function close(ended: Recovered, report: Report | undefined): Report {
  if (report && ended.outcome !== 'failed' && ended.outcome !== 'aborted') return report;
  throw ApplicationFailure.create({
    type: ended.type ?? ended.outcome,
    message: ended.because ?? ended.outcome,
    nonRetryable: true,
    details: report ? [report] : [],
  });
}
