import { drivers } from '../src/drivers/registry.ts';
import type { Json } from '../src/model/json.ts';
import { forHistory } from '../src/model/redact.ts';
import type { CheckReport } from '../src/model/report.ts';
import type { JudgedObject, ObjectRef } from '../src/model/verdict.ts';
import { togetherBudgetMs } from '../src/model/plan.ts';
import {
  checksLooker,
  gateLooker,
  type GateMoment,
  type GateLooker,
  type GateTarget,
  type GateWait,
  holdGate,
} from '../src/recovery/gate.ts';
import { type StepTimes, updateStep } from '../src/recovery/ledger.ts';
import { type RunRef, Session, type StepRef } from '../src/recovery/session.ts';
import { tellJournal, type ToldOfRun } from './journal.ts';
import { acting, type Beat } from './acting.ts';
import type { Shared } from './deps.ts';

export interface GateInput extends StepRef, ToldOfRun {
  readonly run: RunRef;
  /** What the step took before this gate. */
  readonly soFar?: StepTimes;
  readonly handle: Json;
  /** When the gate began to wait, ISO 8601. */
  readonly since: string;
}

/** A step whose gate is looked at again, together with others. */
export interface DoneStep extends StepRef {
  readonly handle: Json;
}

export interface TogetherInput {
  readonly run: RunRef;
  readonly steps: readonly DoneStep[];
  readonly since: string;
  /** `phase one`: debts may stay open. `site`: nothing may be owed, and the plan's `verify` checks are looked at too. */
  readonly scope: 'phase one' | 'site';
}

/** What a gate's wait comes to in a history: counts, and the first of each list. */
export type GateOutcome =
  | {
      readonly passed: true;
      readonly passedAt: string;
      readonly heldAt: string;
      readonly objects: number;
      readonly debts: readonly JudgedObject[];
      readonly exceptions: readonly string[];
      readonly checks: readonly CheckReport[];
    }
  | {
      readonly passed: false;
      readonly reason: string;
      readonly message: string;
      readonly failing: readonly string[];
      readonly checks: readonly CheckReport[];
      readonly objects: number;
    };

const listed = 20;

/** Under this name the plan's own checks of the whole site fail; no step may be called so. */
const verifyName = 'verify';

const placeOf = (input: StepRef) => ({ tier: input.tier, step: input.step });

export function gateActivities(deps: Shared) {
  return {
    awaitGate: acting(deps, 'gate', placeOf, (input: GateInput, beat) => awaitGate(deps, input, beat)),
    awaitTogether: acting(
      deps,
      'all gates together',
      () => ({}),
      (input: TogetherInput, beat) => awaitTogether(deps, input, beat),
    ),
  };
}

async function targetOf(session: Session, ref: StepRef, handle: Json): Promise<GateTarget> {
  const { step } = session.step(ref.step);
  const refs: ObjectRef[] = [];
  for await (const object of drivers[step.driver].objects(session.driverContext(ref), handle)) refs.push(object);
  return { tier: ref.tier, refs, checks: step.checks };
}

async function awaitGate(deps: Shared, input: GateInput, beat: Beat): Promise<GateOutcome> {
  const session = await Session.open(deps, input.run, beat.signal);
  const { step } = session.step(input.step);
  const target = await targetOf(session, input, input.handle);
  const budgetMs = (input.timeoutMs ?? step.timeoutMs) + step.checks.reduce((sum, check) => sum + check.timeoutMs, 0);
  const waited = await holdGate(session, gateLooker(session, target), {
    deadlineAt: Date.parse(input.since) + budgetMs,
    say: beat.say,
  });
  if ('held' in waited) {
    await session.assertOurs();
    await tellJournal(session, input);
    const { passedAt, heldAt } = waited.held;
    const done = {
      done: true,
      doneAt: session.ledger.steps[input.step]?.doneAt ?? heldAt,
      ...tookOf(input, passedAt, heldAt),
    };
    await updateStep(session.kube, input.run.recovery, input.step, input, done, beat.signal);
  }
  return outcomeOf(waited, [input.step]);
}

function tookOf({ soFar, since }: GateInput, passedAt: string, heldAt: string): { readonly took?: StepTimes } {
  if (!soFar) return {};
  const gateMs = soFar.gateMs + Math.max(0, Date.parse(passedAt) - Date.parse(since));
  const settleMs = soFar.settleMs + Date.parse(heldAt) - Date.parse(passedAt);
  return { took: { ...soFar, gateMs, settleMs } };
}

/** All at once: it counts only when everything passes at the same time, and holds. */
async function awaitTogether(deps: Shared, input: TogetherInput, beat: Beat): Promise<GateOutcome> {
  const session = await Session.open(deps, input.run, beat.signal);
  const strict = input.scope === 'site';
  const lookers: { readonly name: string; readonly look: GateLooker }[] = [];
  for (const ref of input.steps) {
    const target = await targetOf(session, ref, ref.handle);
    lookers.push({ name: ref.step, look: gateLooker(session, target) });
  }
  if (strict && session.plan.verify.length > 0)
    lookers.push({ name: verifyName, look: checksLooker(session, session.plan.verify) });
  const failing = new Set<string>();
  const together: GateLooker = async (fresh) => {
    const moments = await Promise.all(lookers.map(async ({ name, look }) => ({ name, moment: await look(fresh) })));
    failing.clear();
    for (const { name, moment } of moments) if (!passes(moment, strict)) failing.add(name);
    const checks = moments.find(({ name }) => name === verifyName)?.moment.checks ?? [];
    return {
      ...merge(
        moments.map(({ moment }) => moment),
        strict,
      ),
      checks,
    };
  };
  const budgetMs = togetherBudgetMs(session.plan);
  const waited = await holdGate(session, together, { deadlineAt: Date.parse(input.since) + budgetMs, say: beat.say });
  // The steps' own checks are in their own records; what is new here is what `verify` saw.
  return outcomeOf(waited, [...failing]);
}

function passes(moment: GateMoment, strict: boolean): boolean {
  return moment.passed && !(strict && moment.debts.length > 0);
}

function merge(moments: readonly GateMoment[], strict: boolean): GateMoment {
  const bad = moments.filter((moment) => !passes(moment, strict));
  const reasons = bad.map((moment) => moment.reason || owed(moment.debts));
  return {
    passed: bad.length === 0,
    terminal: bad.some((moment) => moment.terminal),
    suspect: bad.some((moment) => moment.suspect),
    refused: bad.some((moment) => moment.refused),
    dueInMs: Math.min(Infinity, ...moments.map((moment) => moment.dueInMs ?? Infinity)),
    reason: reasons.join('; '),
    objects: moments.reduce((sum, moment) => sum + moment.objects, 0),
    debts: moments.flatMap((moment) => moment.debts),
    exceptions: moments.flatMap((moment) => moment.exceptions),
    checks: [],
  };
}

function owed(debts: readonly JudgedObject[]): string {
  const [first] = debts;
  return first ? `${first.kind} ${first.namespace ?? ''}/${first.name}: ${first.message || first.reason}` : '';
}

function outcomeOf(waited: GateWait, failing: readonly string[]): GateOutcome {
  if ('failed' in waited) {
    const { reason, message, moment } = waited.failed;
    return {
      passed: false,
      reason,
      message: forHistory(message, 2000),
      failing,
      checks: moment?.checks ?? [],
      objects: moment?.objects ?? 0,
    };
  }
  const { moment, passedAt, heldAt } = waited.held;
  const { objects, checks } = moment;
  return {
    passed: true,
    passedAt,
    heldAt,
    objects,
    debts: moment.debts.slice(0, listed).map((debt) => ({ ...debt, message: forHistory(debt.message, 300) })),
    exceptions: [...new Set(moment.exceptions)].slice(0, listed).map((line) => forHistory(line, 300)),
    checks,
  };
}
