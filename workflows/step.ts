import { patched } from '@temporalio/workflow';
import type { AwaitStageInput, StageInput, StageOutcome } from '../activities/steps.ts';
import type { GateOutcome } from '../activities/gates.ts';
import type { StageName } from '../src/drivers/driver.ts';
import type { Step } from '../src/model/plan.ts';
import type { AcceptedErrors, WorkerCrash } from '../src/model/report.ts';
import { existingReason } from '../src/model/run.ts';
import type { RunRef } from '../src/recovery/session.ts';
import { type Failed, failedWith, RunFailed } from './failed.ts';
import type { Resolution } from './decisions.ts';
import { calls, callsFor, waits } from './proxies.ts';
import type { StepRecord } from './record.ts';
import { now } from './clock.ts';
import type { Run } from './run.ts';

/** How often an engine may die under one generation before a person is asked. */
const attemptsPerGeneration = 5;

type StepFailed = Failed & { readonly retry: 'again' | 'wait' };

function refOf(step: StepRecord) {
  return { tier: step.tier, step: step.name, generation: step.generation, attempt: step.attempt };
}

/** The step's budget: the plan's, or what a person has lengthened it to. */
function budgetMs(step: Step, record: StepRecord): number {
  return record.timeoutMs ?? step.timeoutMs;
}

function budgetOf({ timeoutMs }: StepRecord): { readonly timeoutMs?: number } {
  return timeoutMs === undefined ? {} : { timeoutMs };
}

/** This run's crashes go into the ledger with the acts: a run that is lost cannot tell of them at its end. */
function crashesOf({ known }: Run): { readonly crashes?: readonly WorkerCrash[] } {
  const own = known.crashes.slice(known.ownCrashesFrom ?? 0);
  return own.length > 0 ? { crashes: own } : {};
}

function runRef(run: Run): RunRef {
  const ref = run.known.run;
  if (!ref) throw new Error('a step before the lock');
  return ref;
}

/** One stage: start, then wait; an engine that died under it is started again as the next attempt. */
async function runStage(run: Run, step: Step, record: StepRecord, stage: StageName): Promise<StepFailed | undefined> {
  for (;;) {
    // In older histories an engine that died while the run was paused was started again all the same.
    if (run.known.paused && patched('2026-11-pause-holds-attempts')) await run.unpaused();
    const input: StageInput = { run: runRef(run), stage, ...refOf(record), ...budgetOf(record), ...crashesOf(run) };
    const since = now();
    const { handle } = run.take(await callsFor(`${step.name}: ${stage}`).startStage(input));
    record.handle = handle;
    record.attempts += 1;
    run.show();
    const { accepted } = record;
    const waiting: AwaitStageInput = { ...input, handle, since, ...(accepted ? { accepted } : {}) };
    const outcome: StageOutcome = run.take(
      await waits(2 * budgetMs(step, record), `${step.name}: wait for ${stage}`).awaitStage(waiting),
    );
    run.spend('engine', since, now());
    record.engineMs += Date.parse(now()) - Date.parse(since);
    if (outcome.state === 'succeeded') {
      record.evidence = outcome.evidence;
      record.notes = [...record.notes, ...outcome.notes];
      record.borne = outcome.exceptions ?? [];
      return undefined;
    }
    if (outcome.state === 'failed') return outcome;
    record.notes = [...record.notes, `attempt ${record.attempt}: ${outcome.message}`];
    if (record.attempt >= attemptsPerGeneration)
      return { reason: 'EngineDies', message: outcome.message, retry: 'again' };
    record.attempt += 1;
    // Errors were accepted of what died; what comes now nobody has seen.
    delete record.accepted;
  }
}

/** The gate of one step. */
async function runGate(run: Run, step: Step, record: StepRecord): Promise<StepFailed | undefined> {
  const since = now();
  const gateBudgetMs = budgetMs(step, record) + step.checks.reduce((sum, check) => sum + check.timeoutMs, 0);
  const { handle = null, engineMs, gateMs, settleMs, attempts } = record;
  const soFar = { engineMs, gateMs, settleMs, attempts };
  const input = { run: runRef(run), ...refOf(record), handle, since, soFar, ...budgetOf(record), ...crashesOf(run) };
  const outcome: GateOutcome = run.take(await waits(gateBudgetMs, `${step.name}: gate`).awaitGate(input));
  record.checks = outcome.checks;
  record.objects = outcome.objects;
  if (!outcome.passed) {
    run.spend('engine', since, now());
    record.gateMs += Date.parse(now()) - Date.parse(since);
    return { reason: outcome.reason, message: outcome.message, retry: 'wait' };
  }
  // Until everything passed, the engines and what they restored were at work; then the gate only held.
  run.spend('engine', since, outcome.passedAt);
  run.spend('settle', outcome.passedAt, outcome.heldAt);
  record.gateMs += Math.max(0, Date.parse(outcome.passedAt) - Date.parse(since));
  record.settleMs += Date.parse(outcome.heldAt) - Date.parse(outcome.passedAt);
  record.healthyAt ??= outcome.heldAt;
  record.exceptions = outcome.exceptions;
  record.debts = outcome.debts;
  return undefined;
}

/** Once through: every stage, then the gate. Starting twice is starting once, so this also looks again. */
async function attempt(run: Run, step: Step, record: StepRecord): Promise<StepFailed | undefined> {
  await run.unpaused();
  try {
    record.state = 'restoring';
    record.startedAt ??= now();
    run.show();
    for (const stage of run.known.stages[step.driver] ?? ['restore']) {
      const failed = await runStage(run, step, record, stage);
      if (failed) return failed;
    }
    record.state = 'gating';
    // Of the first time through, as the tier's: what later gates ask for again moves neither.
    if (!record.healthyAt) record.restoredAt = now();
    run.show();
    return await runGate(run, step, record);
  } catch (error) {
    return { ...failedWith(error), retry: 'wait' };
  }
}

/** What a decision changes of a step before it is gone through again. */
function prepare(record: StepRecord, { accepted, timeoutMs }: Resolution, mode: NonNullable<Resolution['mode']>): void {
  if (timeoutMs !== undefined) record.timeoutMs = timeoutMs;
  if (accepted) record.accepted = accepted;
  if (mode === 'wait') return;
  record.generation += 1;
  record.attempt = 1;
  delete record.accepted;
}

/** The run goes on without it, and is never plain recovered. */
function skip(run: Run, record: StepRecord, skipped: AcceptedErrors, why: string): void {
  record.state = 'skipped';
  record.skipped = skipped;
  record.notes = [...record.notes, `held before it was skipped: ${why}`];
  delete record.reason;
  delete record.reasonAt;
  run.show();
}

/** Takes claims out of the way that were there before; the step is held again where that does not go. */
async function setAside(run: Run, record: StepRecord): Promise<StepFailed | undefined> {
  await run.unpaused();
  try {
    const { done } = run.take(
      await calls.setAside({ run: runRef(run), ...refOf(record), handle: record.handle ?? null }),
    );
    record.notes = [...record.notes, ...done];
    record.asides = [...(record.asides ?? []), ...done];
    return undefined;
  } catch (error) {
    const failed = failedWith(error);
    record.asides = [
      ...(record.asides ?? []),
      'setting claims aside did not end well; the ledger names what is gone, if anything is',
    ];
    return { ...failed, reason: existingReason, retry: 'again' };
  }
}

/** A step to its end: restored and proven, or held until somebody decides; `again` is a new generation. */
export async function runStep(
  run: Run,
  step: Step,
  slot: <T>(work: () => Promise<T>) => Promise<T>,
  failedBefore?: StepFailed,
): Promise<void> {
  const record = run.known.steps[step.name];
  if (!record) throw new Error(`no record of step ${step.name}`);
  if (record.state === 'skipped') return;
  let failed = failedBefore ?? (await slot(() => attempt(run, step, record)));
  while (failed) {
    record.state = 'failed';
    record.reason = failed.message;
    record.reasonAt = now();
    if (run.known.request.onFailure === 'abort')
      throw new RunFailed({ ...failed, message: `step ${step.name}: ${failed.message}` });
    const { reason, message } = failed;
    const decision = await run.hold({ step: step.name, tier: record.tier, since: now(), reason, message });
    if (decision.skipped) return skip(run, record, decision.skipped, message);
    const mode = decision.mode ?? failed.retry;
    failed = mode === 'setAside' ? await setAside(run, record) : undefined;
    if (failed) continue;
    prepare(record, decision, mode);
    failed = await slot(() => attempt(run, step, record));
  }
  record.state = 'done';
  delete record.reason;
  delete record.reasonAt;
  run.show();
}
