import { workflowInfo } from '@temporalio/workflow';
import type { Locked } from '../activities/planning.ts';
import { parseDuration } from '../src/model/duration.ts';
import type { Outcome } from '../src/model/run.ts';
import type { Decision } from '../src/model/report.ts';
import type { LedgerJournal } from '../src/recovery/ledger.ts';
import { now } from './clock.ts';
import type { RunRecord } from './record.ts';
import type { Run } from './run.ts';

/** Stretches that a ledger keeps of a run: it is one ConfigMap for them all. */
const stretchesKept = 300;

/** What the ledger keeps of a run that ends: a later run of the recovery puts it into its own report. */
export function journalOf(run: Run, outcome?: Outcome): LedgerJournal {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const { begunAt, startedAt, ownCrashesFrom = 0, crashes, stretches, exceptions } = run.known;
  return {
    workflowId,
    runId: firstExecutionRunId,
    startedAt: begunAt ?? startedAt,
    endedAt: now(),
    ...(outcome ? { outcome } : {}),
    crashes: crashes.slice(ownCrashesFrom),
    stretches: stretches.slice(-stretchesKept),
    exceptions: exceptions.slice(0, 50),
  };
}

/** Takes up what earlier runs of this recovery left in the ledger: it came with the lock. */
export function takeUp(record: RunRecord, locked: Locked): void {
  for (const [name, { generation, attempt, took, startedAt, doneAt, asides = [] }] of Object.entries(locked.steps)) {
    const step = record.steps[name];
    if (!step) continue;
    Object.assign(step, { generation, attempt });
    if (took) {
      step.engineMs = took.engineMs;
      step.gateMs = took.gateMs;
      step.settleMs = took.settleMs;
      // The one that stands is looked at again: it is not counted twice.
      step.attempts = Math.max(0, took.attempts - 1);
    }
    if (doneAt) step.doneBefore = doneAt;
    if (asides.length > 0)
      step.asides = asides.map(
        (before) => `claims were set aside after generation ${before}, in an earlier run; the ledger names them`,
      );
    if (!startedAt) continue;
    step.begunBefore = startedAt;
    takeUpTier(record, step.tier, startedAt);
  }
  // Decisions of earlier runs stand first, and keep their numbers in the ledger.
  record.firstDecision = locked.firstDecision - locked.earlier.length;
  record.decisions.unshift(...locked.earlier);
  for (const decision of locked.earlier) takeUpDecision(record, decision);
  if (locked.before) takeUpRuns(record, locked.before);
}

function takeUpTier(record: RunRecord, tier: keyof RunRecord['tiers'], startedAt: string): void {
  const known = record.tiers[tier];
  if (!known.startedAt || startedAt < known.startedAt) known.startedAt = startedAt;
}

/** What was decided of a step once and for all holds in later runs too. */
function takeUpDecision(record: RunRecord, { kind, step: name, timeout, by, reason }: Decision): void {
  const step = name !== undefined && Object.hasOwn(record.steps, name) ? record.steps[name] : undefined;
  if (!step) return;
  if (timeout !== undefined) {
    const ms = parseDuration(timeout);
    if (ms !== undefined) step.timeoutMs = ms;
  }
  if (kind === 'skipStep') {
    step.state = 'skipped';
    step.skipped = { by, reason };
  }
}

function takeUpRuns(record: RunRecord, before: NonNullable<Locked['before']>): void {
  const { runs, crashes, stretches, lastSeenAt, gapOn = 'crash' } = before;
  record.earlierRuns = runs;
  record.crashes.unshift(...crashes);
  record.ownCrashesFrom = crashes.length;
  // Between the runs nobody worked: people had ended the last one, or it was lost.
  const gap = { on: gapOn, from: lastSeenAt, to: record.begunAt ?? record.startedAt } as const;
  record.stretches.splice(0, record.stretches.length, ...stretches, gap);
}
