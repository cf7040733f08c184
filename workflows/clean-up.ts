import { condition, defineUpdate, isCancellation, setHandler } from '@temporalio/workflow';
import type { CleanUpReport, SiteDrillReport } from '../src/model/report.ts';
import type { CleanUpInput } from '../src/model/request.ts';
import { updateNames } from '../src/model/run.ts';
import { secondsBetween } from '../src/model/times.ts';
import type { RunRef } from '../src/recovery/session.ts';
import { after, now, type Taken, taken } from './clock.ts';
import type { Ended } from './conduct.ts';
import { failedWith } from './failed.ts';
import { waits } from './proxies.ts';
import { plainly } from './plainly.ts';
import type { RunRecord } from './record.ts';
import { fields } from './refusals.ts';
import type { Run } from './run.ts';

const cleanUpUpdate = defineUpdate<string, [CleanUpInput]>(updateNames.cleanUp);

const description =
  'Ends the time in which a drill stands for people to look at, and cleans it up. {"by": "your name", "reason": "why"}';

/** A plan from before the section had this default. */
const cleanUpDefaultMs = 15 * 60_000;

/** What ends the time in which a drill stands. */
export interface Standing {
  asked: Taken<CleanUpInput> | undefined;
}

/** Hears the Update `cleanUp`. The handler only records. */
export function listenForCleanUp(run: Run): Standing {
  const standing: Standing = { asked: undefined };
  setHandler(
    cleanUpUpdate,
    (input) => {
      standing.asked = taken(input);
      return 'the drill is cleaned up';
    },
    { description, validator: plainly((input) => validateCleanUp(input, run, standing.asked !== undefined)) },
  );
  return standing;
}

/** Refuses a clean-up that is malformed, or of a drill that does not stand. */
function validateCleanUp(input: unknown, { within: state, record }: Run, asked: boolean): void {
  fields('cleanUp', input, ['by', 'reason'], '{"by": "ana", "reason": "everybody has looked"}');
  const isLate = record?.request.drill?.cleanUp !== undefined;
  if (asked || isLate || state === 'cleaning-up' || state === 'ending')
    throw new Error('the drill is being cleaned up already');
  if (state !== 'standing')
    throw new Error(
      `the drill does not stand for people to look at: it is ${state}; to end it now use abort, it is cleaned up then too`,
    );
}

/**
 * Leaves a drill standing for people to look at, for as long as plan or request say: also one that failed, so that they can
 * see why. Not one that was aborted: whoever did that wants it gone.
 */
export async function stand(run: Run, ended: Ended, standing: Standing): Promise<void> {
  const { record } = run;
  if (!record?.run || ended.outcome === 'aborted') return;
  record.conductedAt = now();
  const keepForMs = record.request.drill?.keepForMs ?? record.plan.drill?.keepForMs ?? 0;
  const hasBegun = Object.values(record.tiers).some(({ startedAt }) => startedAt !== undefined);
  if (keepForMs === 0 || !hasBegun) return;
  const since = now();
  record.standsUntil = after(since, keepForMs);
  run.enter('standing');
  try {
    await condition(() => standing.asked !== undefined || run.abort !== undefined, keepForMs);
  } catch (error) {
    // A cancellation ends it too, and the clean-up comes all the same.
    if (!isCancellation(error)) throw error;
  }
  record.stoodSeconds = secondsBetween(since, now());
  delete record.standsUntil;
}

/** Removes what the drill has made. Runs in a scope that no cancellation reaches. */
export async function cleanUp(run: Run, ended: Ended, { asked }: Standing): Promise<Ended> {
  const { record } = run;
  if (!record?.run) return ended;
  record.conductedAt ??= now();
  run.enter('cleaning-up');
  if (asked) {
    const { by, reason } = asked.input;
    await run.note({ at: asked.at, kind: 'cleanUp', by, reason }, asked.updateId);
  }
  const report = await cleanedUp(run, record.run, record.plan.drill?.cleanUpMs);
  record.cleanUp = report;
  if (report.clean) return ended;
  const because = `the drill is not cleaned up: ${leftText(report)}`;
  record.exceptions.push(because);
  return ended.outcome === 'recovered' ? { outcome: 'recovered-with-exceptions', because } : ended;
}

/** Removes everything of a drill, within its time, and says what is left. `late`: the drill's own run is over. */
export async function cleanedUp(
  run: Run,
  ref: RunRef,
  timeoutMs: number = cleanUpDefaultMs,
  late?: 'late',
): Promise<CleanUpReport> {
  const since = now();
  try {
    const how = late ? { late: true } : {};
    return run.take(await waits(timeoutMs).cleanUpDrill({ run: ref, since, timeoutMs, ...how }));
  } catch (error) {
    const { message } = failedWith(error);
    const left = [{ kind: 'Cluster', name: ref.cluster.context, why: `it could not be cleaned up: ${message}` }];
    return { clean: false, left, leftCut: 0, seconds: secondsBetween(since, now()), notes: [] };
  }
}

/** The first of what is left, with why, and how many more. */
export function leftText({ left, leftCut }: CleanUpReport): string {
  const [first, ...more] = left;
  if (!first) return 'nobody knows what is left';
  const others = more.length + leftCut;
  return `${first.kind} ${first.name}: ${first.why}${others > 0 ? `; and ${others} more` : ''}`;
}

/** What only a drill has to tell; nothing of a recovery. */
export function siteDrillOf(record: RunRecord): { readonly siteDrill?: SiteDrillReport } {
  const { plan, request, cleanUp: cleaned, stoodSeconds } = record;
  if (plan.drillOf === undefined) return {};
  const asked = request.onApproval === 'wait' ? 'asked' : 'not asked';
  return {
    siteDrill: {
      cluster: plan.drillOf,
      approval: plan.approval.beforePhaseTwo ? asked : 'not in the plan',
      dns: record.dns ?? [],
      ...(stoodSeconds === undefined ? {} : { stoodSeconds }),
      ...(cleaned ? { cleanUp: cleaned } : {}),
    },
  };
}
