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
  /** What the time from then to the next run was: people had ended the last one, or it was lost. Absent from older versions. */
  readonly gapOn?: 'decision' | 'crash';
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

/** Of an interrupted run, as its Temporal knows it: when it was closed, by people or by a limit that they had set. */
export type ClosedAt = (workflowId: string, firstRunId: string) => Promise<string | undefined>;

/** Joins what a ledger holds of the runs before this one; undefined where this is the first. */
export async function earlierRuns(
  { journals, steps, decisions }: Ledger,
  chain: Chain,
  closedAt: ClosedAt,
): Promise<EarlierRuns | undefined> {
  const earlier = journals
    .filter(({ runId }) => runId !== chain.firstRunId)
    .toSorted((a, b) => a.startedAt.localeCompare(b.startedAt));
  const last = earlier.at(-1);
  if (!last) return undefined;
  const closed = last.outcome ? undefined : await closedAt(last.workflowId, last.runId);
  const known = [
    last.startedAt,
    ...Object.values(steps).flatMap(({ startedAt, doneAt }) => [startedAt ?? '', doneAt ?? '']),
    ...decisions.filter(({ decision }) => !isOf(journals, chain, decision.at)).map(({ decision }) => decision.at),
    ...earlier.flatMap(({ endedAt, crashes = [] }) => [endedAt ?? '', ...crashes.map(({ resumedAt }) => resumedAt)]),
  ];
  const lastWord = known.toSorted().at(-1) ?? last.startedAt;
  const lastSeenAt = closed !== undefined && closed > lastWord ? closed : lastWord;
  const told = earlier.some(({ stretches }) => stretches)
    ? earlier.flatMap(({ stretches = [] }) => stretches)
    : stretchesOf(steps);
  return {
    runs: earlier.map((journal, i) => runReport(journal, earlier[i + 1]?.startedAt ?? lastSeenAt)),
    crashes: earlier.flatMap(({ crashes = [] }) => crashes),
    stretches: [...told, ...gapsBetween(earlier), ...untilClosed(last, steps, lastWord, closed)],
    lastSeenAt,
    gapOn: last.outcome !== undefined || closed !== undefined ? 'decision' : 'crash',
  };
}

/** Between two runs: one that ended waited for people, one that could not say how it ended was lost. Told by later runs, if they could. */
function gapsBetween(earlier: readonly LedgerJournal[]): readonly Stretch[] {
  return earlier.flatMap(({ endedAt, outcome }, i): readonly Stretch[] => {
    const next = earlier[i + 1];
    const isTold = earlier.slice(i + 1).some(({ stretches }) => stretches);
    if (!next || !endedAt || outcome === undefined || isTold) return [];
    return [{ on: 'decision', from: endedAt, to: next.startedAt }];
  });
}

/** A run that people closed could not tell what it did last: it worked at what it had begun, or waited for them. */
function untilClosed(
  last: LedgerJournal,
  steps: Ledger['steps'],
  lastWord: string,
  closed: string | undefined,
): readonly Stretch[] {
  if (closed === undefined || closed <= lastWord) return [];
  const atWork = Object.values(steps).flatMap(({ startedAt, doneAt }: LedgerStep): readonly Stretch[] => {
    if (!startedAt || doneAt) return [];
    return [{ on: 'engine', from: startedAt > last.startedAt ? startedAt : last.startedAt, to: closed }];
  });
  return atWork.length > 0 ? atWork : [{ on: 'decision', from: lastWord, to: closed }];
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
