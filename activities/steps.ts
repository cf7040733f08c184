import type { Progress, StageName } from '../src/drivers/driver.ts';
import { drivers } from '../src/drivers/registry.ts';
import type { Json } from '../src/model/json.ts';
import { forHistory } from '../src/model/redact.ts';
import type { AcceptedErrors } from '../src/model/report.ts';
import { type LedgerStep, updateStep, writeStep } from '../src/recovery/ledger.ts';
import { NotOursError } from '../src/recovery/cluster.ts';
import { noteComing } from '../src/recovery/quiesce.ts';
import { markNamespaces } from '../src/recovery/drill-namespaces.ts';
import { type RunRef, Session, type StepRef } from '../src/recovery/session.ts';
import { waitUntil } from '../src/recovery/wait.ts';
import { tellJournal, type ToldOfRun } from './journal.ts';
import { acting, type Beat } from './acting.ts';
import type { Shared } from './deps.ts';
import { failure } from './failure.ts';

export interface StageInput extends StepRef, ToldOfRun {
  readonly run: RunRef;
  readonly stage: StageName;
}

export interface AwaitStageInput extends StageInput {
  readonly handle: Json;
  /** When the stage was started, ISO 8601: deadlines count from it, over a worker's death too. */
  readonly since: string;
  /** A person has accepted what the engine could not restore. */
  readonly accepted?: AcceptedErrors;
}

/** How a stage ended. `lost`: the engine died under it. */
export type StageOutcome =
  | {
      readonly state: 'succeeded';
      readonly evidence: readonly string[];
      readonly notes: readonly string[];
      /** Errors that were accepted, one line each. */
      readonly exceptions?: readonly string[];
    }
  | { readonly state: 'failed'; readonly reason: string; readonly message: string; readonly retry: 'again' | 'wait' }
  | { readonly state: 'lost'; readonly message: string };

/** Evidence and notes are for reading: a history holds the first of them. */
const lines = 20;

const placeOf = (input: StepRef) => ({ tier: input.tier, step: input.step });

export function stepActivities(deps: Shared) {
  return {
    startStage: acting(deps, 'the start', placeOf, (input: StageInput, beat) => start(deps, input, beat)),
    awaitStage: acting(deps, 'restore', placeOf, (input: AwaitStageInput, beat) => awaitEnd(deps, input, beat)),
  };
}

function entryOf(session: Session, input: StepRef): LedgerStep {
  const known = session.ledger.steps[input.step];
  const later =
    known &&
    (known.generation > input.generation || (known.generation === input.generation && known.attempt > input.attempt));
  if (later)
    throw new NotOursError(
      `step ${input.step} has gone on to generation ${known.generation}, attempt ${known.attempt}: this one came too late`,
    );
  const same = known?.generation === input.generation && known.attempt === input.attempt;
  if (known && same) return known;
  // What was set aside, and since when it is worked at, holds over generations.
  const { asides, startedAt } = known ?? {};
  const kept = { ...(asides ? { asides } : {}), ...(startedAt ? { startedAt } : {}) };
  return { tier: input.tier, generation: input.generation, attempt: input.attempt, handles: {}, ...kept };
}

/** Ledger first, then the act, then its handle: a worker that dies between finds everything again by name. */
async function start(deps: Shared, input: StageInput, beat: Beat): Promise<{ handle: Json }> {
  const session = await Session.open(deps, input.run, beat.signal);
  const { step } = session.step(input.step);
  const driver = drivers[step.driver];
  const entry = entryOf(session, input);
  const recorded = entry.handles[input.stage];
  // What has evidence is not restored again: a resumed run goes straight to judging it.
  if (recorded !== undefined && entry.endedWell === input.generation) return { handle: recorded };
  await tellJournal(session, input);
  const startedAt = entry.startedAt ?? new Date().toISOString();
  await writeStep(session.kube, input.run.recovery, input.step, { ...entry, startedAt }, beat.signal);
  const prior = entry.handles[input.stage] ?? Object.values(entry.handles).at(-1);
  // The last look before the act: somebody may have taken the site over, or ended this run, meanwhile.
  await session.assertOurs();
  await noteComing(session, input);
  beat.signal.throwIfAborted();
  const handle: Json = await driver.start(session.driverContext(input), step.spec, input.stage, prior);
  if (JSON.stringify(handle).length > 4096)
    throw failure('EngineRefused', `driver ${step.driver} gave a handle of more than 4 KiB`);
  const handles = { ...entry.handles, [input.stage]: handle };
  await updateStep(session.kube, input.run.recovery, input.step, input, { handles }, beat.signal);
  return { handle };
}

async function awaitEnd(deps: Shared, input: AwaitStageInput, beat: Beat): Promise<StageOutcome> {
  const session = await Session.open(deps, input.run, beat.signal);
  const { step } = session.step(input.step);
  const driver = drivers[step.driver];
  const ctx = session.driverContext(input, await acceptedErrors(session, input));
  const watching = { ...ctx, kube: session.watched.kube };
  const since = Date.parse(input.since);
  // Queueing has a budget of its own, as long as the step's; the step's own counts from the engine's beginning.
  const budgetMs = input.timeoutMs ?? step.timeoutMs;
  let deadlineAt = since + budgetMs;
  const waited = await waitUntil<Exclude<Progress, { state: 'running' }>>(
    async () => {
      const seen = await driver.observe(watching, input.handle);
      // A watch may be behind: that it ended badly is seen once more, by the API server's own word.
      const isBad = seen.state === 'failed' || seen.state === 'lost';
      const progress = isBad ? await driver.observe(ctx, input.handle) : seen;
      if (progress.state !== 'running') return { done: progress };
      if (progress.startedAt) deadlineAt = Math.max(since, Date.parse(progress.startedAt)) + budgetMs;
      return { notYet: progress.reason };
    },
    { everyMs: 500, wake: session.watched, deadlineAt: () => deadlineAt, signal: beat.signal, say: beat.say },
  );
  if ('overdue' in waited)
    return {
      state: 'failed',
      reason: 'Overdue',
      message: forHistory(`not ended in time: ${waited.overdue}`),
      retry: 'wait',
    };
  if (session.isDrill) await markNamespaces(session);
  return settle(session, input, waited.done);
}

/** What a person has accepted of this generation, now or in an earlier run: written down before it is acted on. */
async function acceptedErrors(session: Session, input: AwaitStageInput): Promise<AcceptedErrors | undefined> {
  const known = entryOf(session, input).acceptedErrors;
  const { accepted, run, step } = input;
  if (!accepted || known) return known;
  await session.assertOurs();
  await updateStep(session.kube, run.recovery, step, input, { acceptedErrors: accepted }, session.signal);
  return accepted;
}

async function settle(
  session: Session,
  input: AwaitStageInput,
  ended: Exclude<Progress, { state: 'running' }>,
): Promise<StageOutcome> {
  const entry = entryOf(session, input);
  const recorded = entry.endedWell === input.generation;
  if (ended.state === 'lost') {
    // What has evidence is not restored again: the gate that follows looks at the objects themselves.
    if (recorded)
      return {
        state: 'succeeded',
        evidence: entry.evidence ?? [],
        notes: ["the engine has forgotten this restore; its evidence is the ledger's"],
      };
    return { state: 'lost', message: forHistory(ended.message) };
  }
  if (ended.state === 'failed')
    return { state: 'failed', reason: ended.reason, message: forHistory(ended.message, 2000), retry: ended.retry };
  const evidence = ended.evidence.slice(0, lines).map((line) => forHistory(line, 300));
  const notes = ended.notes.slice(0, lines).map((line) => forHistory(line, 300));
  const exceptions = (ended.exceptions ?? []).slice(0, lines).map((line) => forHistory(line, 300));
  if (!recorded) {
    await session.assertOurs();
    const change = { endedWell: input.generation, evidence };
    await updateStep(session.kube, input.run.recovery, input.step, input, change, session.signal);
  }
  return { state: 'succeeded', evidence, notes, ...(exceptions.length > 0 ? { exceptions } : {}) };
}
