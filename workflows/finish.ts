import { allHandlersFinished, condition, patched } from '@temporalio/workflow';
import type { Report } from '../src/model/report.ts';
import type { LedgerJournal } from '../src/recovery/ledger.ts';
import { now } from './clock.ts';
import { close, type Ended } from './conduct.ts';
import { failedWith } from './failed.ts';
import { journalOf } from './journal.ts';
import { brief } from './proxies.ts';
import { putBack } from './quiesce.ts';
import type { StepRecord } from './record.ts';
import { reportOf } from './report.ts';
import type { Run } from './run.ts';

/**
 * The end of a run, however it came: notes what ended it, stops what is still at work, puts back what was
 * quiesced, gives the lock back, reports.
 * Runs in a scope that no cancellation reaches.
 */
export async function finish(run: Run, ended: Ended): Promise<Report> {
  run.holds.clear();
  const { record } = run;
  if (!record) return close(ended, undefined);
  run.enter('ending');
  await run.noted();
  await noteAbort(run);
  // A drill leaves nothing: its clean-up says what is left of it.
  const stays = record.plan.drillOf === undefined;
  if (stays && (ended.outcome === 'failed' || ended.outcome === 'aborted')) await leave(run);
  const settled = await putBack(run, ended);
  await giveBack(run, settled.outcome, journalOf(run, settled.outcome));
  await condition(allHandlersFinished);
  return close(settled, reportOf(record, settled.outcome, settled.because, now()));
}

async function noteAbort(run: Run): Promise<void> {
  const { abort } = run;
  if (!abort) return;
  const { by, reason, undo } = abort.input;
  const how = undo === undefined ? {} : { undo };
  await run.note({ at: abort.at, kind: 'abort', by, reason, ...how }, abort.updateId);
}

/** Stops what the engines still do, as far as they can be told to, and says of each step what is left of it. */
async function leave(run: Run): Promise<void> {
  const { known } = run;
  // In older histories nothing was stopped that nobody asked to undo, and a step whose start was cut off was passed over.
  const stops = patched('2026-11-abort-stops');
  const begun = Object.values(known.steps).filter((step) => (stops ? isBegun(step) : step.handle !== undefined));
  const lines = await Promise.all(begun.map((step) => leaveStep(run, step, stops)));
  known.leftBehind = lines.flat();
}

/** Begun by this run or an earlier one: with or without a handle, an engine may be at work for it. */
function isBegun({ startedAt, begunBefore }: StepRecord): boolean {
  return startedAt !== undefined || begunBefore !== undefined;
}

async function leaveStep(run: Run, step: StepRecord, stops: boolean): Promise<readonly string[]> {
  const state = step.state === 'pending' ? 'begun in an earlier run' : step.state;
  const what = `${step.tier}/${step.name}: ${state}, generation ${step.generation}`;
  const made = step.evidence.length > 0 ? `; ${step.evidence.slice(0, 3).join('; ')}` : '';
  const { run: ref } = run.known;
  const undo = run.abort?.input.undo ?? false;
  if (!(stops || undo) || !ref) return [`${what}${made}; what was restored stays`];
  const { tier, name, generation, attempt } = step;
  try {
    const { left } = run.take(await brief.undoStage({ run: ref, tier, step: name, generation, attempt, undo }));
    return [`${what}${made}; what was restored stays`, ...left.map((line) => `${step.tier}/${name}: ${line}`)];
  } catch (error) {
    return [`${what}${made}; it could not be stopped: ${failedWith(error).message}`];
  }
}

/** Notes the end in the ledger and gives the lock back, as far as it is this run's. */
export async function giveBack(run: Run, outcome: string, journal: LedgerJournal | undefined): Promise<void> {
  const { known } = run;
  const { sought } = known;
  if (!sought) return;
  try {
    run.take(await brief.releaseSite({ run: sought, outcome, ...(journal ? { journal } : {}) }));
  } catch (error) {
    known.exceptions.push(`the lock was not given back: ${failedWith(error).message}`);
  }
}
