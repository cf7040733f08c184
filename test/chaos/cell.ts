/** One cell of the matrix: the site is lost, its recovery is struck at a moment, and must come to the same end. */
import { chaosBackup, clockThings, loseChaosSite, renewSchedule } from '../../lab/sites/chaos/site.ts';
import { openRuns } from '../../src/cli/runs.ts';
import type { RunEnd } from '../../src/cli/run-end.ts';
import { controlNamespace } from '../../src/recovery/names.ts';
import { renewVelero, strike } from './faults.ts';
import type { Cell } from './matrix.ts';
import { reach, shutLatches } from './moments.ts';
import { chaosPlan, keptSteps, setLatch } from './plan.ts';
import { problemsAfterAnAbort, problemsAtTheStrike } from './quiesced.ts';
import { ChaosRun } from './run.ts';
import { workGoesOn } from './signs.ts';
import { type ChaosStage, say } from './stage.ts';
import { leases, problemsAtTheEnd } from './verdict.ts';

/** How a cell ended. */
export interface CellResult {
  readonly cell: Cell;
  /** Empty: it is as it must be. */
  readonly problems: readonly string[];
  /** Seconds from the death until what died served again; 0 where nothing has to come back. */
  readonly away?: number;
  /** Seconds from the death until work went on. */
  readonly wentOn?: number;
  /** The same from the return of what died. */
  readonly after?: number;
  /** The whole cell. */
  readonly seconds: number;
  /** Why Restores were lost with what died, and replaced; one line each. */
  readonly lost?: readonly string[];
  readonly sign?: string;
  readonly note?: string;
}

const secondsOf = (ms: number): number => Math.round(ms / 10) / 100;

/** Runs one cell. Whatever goes wrong in it is a problem of the cell, and the next one begins afresh. */
export async function runCell(stage: ChaosStage, cell: Cell): Promise<CellResult> {
  const begun = Date.now();
  let result: Omit<CellResult, 'seconds'>;
  try {
    await prepare(stage, cell);
    result = { cell, ...(await disturbed(stage, cell)) };
  } catch (error) {
    result = { cell, problems: [error instanceof Error ? error.message : String(error)] };
  }
  await tidyUp(stage, cell, result.problems.length > 0).catch((error: unknown) => say(`tidying up: ${String(error)}`));
  return { ...result, seconds: secondsOf(Date.now() - begun) };
}

async function prepare(stage: ChaosStage, cell: Cell): Promise<void> {
  await loseChaosSite(stage.kube);
  // Of a matrix that was killed on the same lab; what a cell leaves is found at its end.
  await removeLeases(stage);
  await renewSchedule(stage.kube);
  const shut = shutLatches(cell);
  for (const step of keptSteps)
    for (const latch of ['patient', 'impatient'] as const)
      await setLatch(stage.kube, step, latch, !(shut?.step === step && shut.latch === latch));
  await stage.staff(cell.fault === 'worker' ? 1 : 2);
}

async function disturbed(stage: ChaosStage, cell: Cell): Promise<Omit<CellResult, 'seconds' | 'cell'>> {
  const run = await ChaosRun.start(stage, { plan: chaosPlan, backup: chaosBackup }, cell.moment !== 'approval');
  const reached = await reach(stage, run, cell);
  // Else that nothing is left stopped at the end would say nothing.
  const problems = problemsAtTheStrike(cell, await clockThings(stage.kube));
  const struck = await strike(stage, cell.fault, reached.busy);
  const after = reached.after(cell.fault);
  // A fault that does not come back is told by what waits for it.
  struck.back.catch(() => undefined);
  after.catch(() => undefined);
  const { at, sign } = await workGoesOn(stage, run, cell, struck);
  const back = await struck.back;
  await after;
  const end = await lead(stage, cell, run, problems);
  const { report } = end;
  if (report === undefined) return { problems: [...problems, `it ended without a report: ${end.message ?? ''}`] };
  problems.push(...(await problemsAtTheEnd(stage, cell, report)));
  const steps = report.tiers.flatMap((tier) => tier.steps);
  const lost = steps.flatMap(({ notes }) => notes.filter((note) => note.startsWith('attempt ')));
  return {
    problems,
    away: secondsOf(back - struck.at),
    wentOn: secondsOf(at - struck.at),
    after: secondsOf(Math.max(0, at - back)),
    lost,
    sign,
    ...(reached.note === undefined ? {} : { note: reached.note }),
  };
}

/** To the end that every cell has in common. What was aborted is gone on with, after a look that it let go of everything. */
async function lead(stage: ChaosStage, cell: Cell, run: ChaosRun, problems: string[]): Promise<RunEnd> {
  const openAll = async (): Promise<void> => {
    const shut = shutLatches(cell);
    if (shut) await setLatch(stage.kube, shut.step, shut.latch, true);
  };
  if (cell.moment !== 'aborting') await openAll();
  const end = await run.end();
  if (cell.moment !== 'aborting') return end;
  if (end.type !== 'aborted')
    throw new Error(`the aborted run ended as ${end.type ?? 'completed'}: ${end.message ?? ''}`);
  const left = await leases(stage);
  if (left.length > 0) throw new Error(`the aborted run kept the lock ${left.join(', ')}`);
  problems.push(...problemsAfterAnAbort(cell, await clockThings(stage.kube)));
  const recovery = end.report?.recovery;
  if (recovery === undefined) throw new Error('the aborted run has no report');
  await openAll();
  return (await ChaosRun.start(stage, { resume: recovery })).end();
}

/** Nothing of a cell may meet the next one. */
async function tidyUp(stage: ChaosStage, { fault }: Cell, hasFailed: boolean): Promise<void> {
  if (fault === 'velero' || hasFailed) await renewVelero(stage);
  if (!hasFailed) return;
  for (const { workflowId } of await openRuns(stage.temporal.client))
    await stage.temporal.client.workflow.getHandle(workflowId).terminate('the cell is over');
  await removeLeases(stage);
}

async function removeLeases(stage: ChaosStage): Promise<void> {
  const kind = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: controlNamespace };
  for (const name of await leases(stage)) await stage.kube.remove({ ...kind, name });
}
