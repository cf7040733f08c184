import { allHandlersFinished, ApplicationFailure, condition } from '@temporalio/workflow';
import type { CleanedUp } from '../src/model/cleaned-up.ts';
import type { Decision } from '../src/model/report.ts';
import type { Outcome } from '../src/model/run.ts';
import { cleanedUp, leftText } from './clean-up.ts';
import { now } from './clock.ts';
import { close, type Ended } from './conduct.ts';
import { giveBack } from './finish.ts';
import { journalOf } from './journal.ts';
import { plain } from './plainly.ts';
import { putBack } from './quiesce.ts';
import type { RunRecord } from './record.ts';
import type { Run } from './run.ts';

/** Whether a run rehearses nothing, and only removes what an earlier drill has left. */
export function onlyCleansUp(record: Pick<RunRecord, 'request'>): boolean {
  return record.request.drill?.cleanUp !== undefined;
}

/**
 * Removes what an earlier drill has left, puts back what it had stopped, gives the lock back, and says what came of it. The
 * run closes as failed where something is still there: then it may be started again. Runs in a scope that no cancellation
 * reaches.
 */
export async function removeLeft(run: Run, ended: Ended): Promise<CleanedUp> {
  run.holds.clear();
  const { known } = run;
  if (!known.run) return notBegun(run, ended);
  const { run: ref, plan } = known;
  run.enter('cleaning-up');
  const askedBy = askedByOf(known);
  if (askedBy) await run.note({ at: known.begunAt ?? known.startedAt, kind: 'cleanUp', ...askedBy }, undefined);
  const report = await cleanedUp(run, ref, plan.drill?.cleanUpMs, 'late');
  const because = report.clean ? undefined : `drill ${known.recovery} is not cleaned up: ${leftText(report)}`;
  run.enter('ending');
  const all = await putBack<{ readonly outcome: Outcome; readonly because?: string }>(run, {
    outcome: because === undefined ? 'recovered' : 'failed',
    ...(because === undefined ? {} : { because }),
  });
  await run.noted();
  await giveBack(run, report.clean ? 'cleaned up' : 'not cleaned up', journalOf(run));
  await condition(allHandlersFinished);
  const result: CleanedUp = {
    cleanedUp: true,
    message: all.because ?? `what drill ${known.recovery} had left in ${ref.cluster.context} is gone`,
    recovery: known.recovery,
    plan: plan.name,
    site: plan.site,
    cluster: ref.cluster,
    drillStartedAt: known.startedAt,
    startedAt: known.begunAt ?? known.startedAt,
    endedAt: now(),
    ...(askedBy ? { askedBy } : {}),
    ...tookOverOf(known),
    cleanUp: report,
    ...(known.quiesced ? { quiesce: known.quiesced } : {}),
    ...(known.exceptions.length > 0 ? { exceptions: known.exceptions } : {}),
    workerCrashes: known.crashes.length,
  };
  if (all.because === undefined) return result;
  throw plain(
    ApplicationFailure.create({ type: 'failed', message: all.because, nonRetryable: true, details: [result] }),
  );
}

/** Another run has the lock, or the cluster is not the drill's: nothing was touched. */
async function notBegun(run: Run, ended: Ended): Promise<never> {
  await run.noted();
  await giveBack(run, 'not cleaned up', undefined);
  await condition(allHandlersFinished);
  close(ended, undefined);
  throw new Error('unreachable: a run without a report closes as failed');
}

function askedByOf({ request }: RunRecord): Pick<Decision, 'by' | 'reason'> | undefined {
  const { reason, drill } = request;
  const by = drill?.cleanUp?.by;
  if (by === undefined && reason === undefined) return undefined;
  return { by: by ?? 'not stated', reason: reason ?? 'not stated' };
}

function tookOverOf({ findings }: RunRecord): Pick<CleanedUp, 'tookOver'> {
  const found = findings.find(({ reason }) => reason === 'TookOver');
  return found ? { tookOver: found.message } : {};
}
