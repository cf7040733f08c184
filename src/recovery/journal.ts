import type { KubeClient } from '../kube/types.ts';
import type { RunReport, WorkerCrash } from '../model/report.ts';
import type { Stretch } from '../model/times.ts';
import {
  type Ledger,
  type LedgerJournal,
  type LedgerRun,
  type LedgerStep,
  readLedger,
  writeJournal,
} from './ledger.ts';
import type { Chain } from './names.ts';

/** What earlier runs of a recovery left in its ledger, as a report joins it. */
export interface EarlierRuns {
  readonly runs: readonly RunReport[];
  readonly crashes: readonly WorkerCrash[];
  readonly stretches: readonly Stretch[];
  /** The last that is known of any of them, ISO 8601. */
  readonly lastSeenAt: string;
}

/**
 * Before a run takes a ledger up: the run that wrote it last gets an entry of its own, where a version that knew of none wrote
 * it. Safe to repeat: once the ledger names the new run, nothing is done.
 */
export async function keepEarlierRun(
  kube: KubeClient,
  run: LedgerRun,
  chain: Chain,
  signal: AbortSignal,
): Promise<void> {
  const known = await readLedger(kube, run.recovery, signal);
  if (!known || known.run.workflow.runId === chain.firstRunId || known.journals.length > 0) return;
  const { workflow, startedAt } = known.run;
  const journal = { workflowId: workflow.workflowId, runId: workflow.runId, startedAt };
  await writeJournal(kube, run.recovery, journal, signal);
}

/** Joins what a ledger holds of the runs before this one; undefined where this is the first. */
export function earlierRuns({ journals, steps, decisions }: Ledger, chain: Chain): EarlierRuns | undefined {
  const earlier = journals
    .filter(({ runId }) => runId !== chain.firstRunId)
    .toSorted((a, b) => a.startedAt.localeCompare(b.startedAt));
  const last = earlier.at(-1);
  if (!last) return undefined;
  const known = [
    last.startedAt,
    ...Object.values(steps).flatMap(({ startedAt, doneAt }) => [startedAt ?? '', doneAt ?? '']),
    ...decisions.filter(({ decision }) => !isOf(journals, chain, decision.at)).map(({ decision }) => decision.at),
    ...earlier.flatMap(({ endedAt, crashes = [] }) => [endedAt ?? '', ...crashes.map(({ resumedAt }) => resumedAt)]),
  ];
  const lastSeenAt = known.toSorted().at(-1) ?? last.startedAt;
  return {
    runs: earlier.map((journal, i) => runReport(journal, earlier[i + 1]?.startedAt ?? lastSeenAt)),
    crashes: earlier.flatMap(({ crashes = [] }) => crashes),
    stretches: earlier.some(({ stretches }) => stretches)
      ? earlier.flatMap(({ stretches = [] }) => stretches)
      : stretchesOf(steps),
    lastSeenAt,
  };
}

/** Whether a moment belongs to the run that asks: then it is no sign of life of an earlier one. */
function isOf(journals: readonly LedgerJournal[], chain: Chain, at: string): boolean {
  const own = journals.find(({ runId }) => runId === chain.firstRunId);
  return own !== undefined && at >= own.startedAt;
}

function runReport(journal: LedgerJournal, lastSeenAt: string): RunReport {
  const { workflowId, runId, startedAt, endedAt, outcome } = journal;
  return { workflowId, runId, startedAt, endedAt: endedAt ?? lastSeenAt, outcome: outcome ?? 'interrupted' };
}

/** A run that could not tell of its times has left those of its steps. */
function stretchesOf(steps: Ledger['steps']): readonly Stretch[] {
  return Object.values(steps).flatMap(({ startedAt, doneAt }: LedgerStep): readonly Stretch[] =>
    startedAt && doneAt ? [{ on: 'engine', from: startedAt, to: doneAt }] : [],
  );
}
