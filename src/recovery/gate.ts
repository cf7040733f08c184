import { checks } from '../health/checks/registry.ts';
import { type GateLook, lookAtGate } from '../health/gate.ts';
import type { Check } from '../model/plan.ts';
import { forHistory } from '../model/redact.ts';
import type { CheckReport } from '../model/report.ts';
import type { TierName } from '../model/tiers.ts';
import type { JudgedObject, ObjectRef, Verdict } from '../model/verdict.ts';
import type { Session } from './session.ts';
import { type Look, waitUntil } from './wait.ts';

/** One moment of a gate: whether everything passes now. */
export interface GateMoment {
  readonly passed: boolean;
  /** It cannot heal without a change: no use to wait. */
  readonly terminal: boolean;
  readonly reason: string;
  readonly objects: number;
  readonly debts: readonly JudgedObject[];
  readonly exceptions: readonly string[];
  readonly checks: readonly CheckReport[];
}

/** Anything that can be looked at again and again until it holds. `fresh`: no check may answer from its last look. */
export type GateLooker = (fresh: boolean) => Promise<GateMoment>;

/** One check, one attempt, within its own time limit; what goes wrong is a verdict. */
async function tryCheck(session: Session, check: Check): Promise<Verdict> {
  const limit = AbortSignal.timeout(check.attemptTimeoutMs);
  const signal = AbortSignal.any([session.signal, limit]);
  const context = {
    kube: session.kube,
    plan: session.plan,
    namespace: session.plan.namespaces[0] ?? 'default',
    signal,
  };
  try {
    return await checks[check.type].observe(context, check.spec as never);
  } catch (error) {
    session.signal.throwIfAborted();
    if (limit.aborted)
      return {
        verdict: 'Unknown',
        reason: 'AttemptTimeout',
        message: `no answer within ${check.attemptTimeoutMs / 1000} s`,
      };
    return {
      verdict: 'Unknown',
      reason: 'CheckError',
      message: error instanceof Error ? error.message : String(error),
    };
  }
}

function reported(check: Check, seen: Verdict): CheckReport {
  const observed = forHistory([seen.reason, seen.message].filter(Boolean).join(': '), 300);
  return { name: check.name, verdict: seen.verdict, observed, ...(check.asserts ? { asserts: check.asserts } : {}) };
}

/** Looks at checks in file order, each after the one before has passed; keeps each check's own budget and pace. */
export class CheckLadder {
  private readonly session: Session;
  private readonly list: readonly Check[];
  private readonly triedSince = new Map<string, number>();
  private readonly last = new Map<string, { readonly at: number; readonly seen: Verdict }>();

  constructor(session: Session, list: readonly Check[]) {
    this.session = session;
    this.list = list;
  }

  async look(fresh: boolean): Promise<{
    readonly reports: readonly CheckReport[];
    readonly waitsFor?: string;
    readonly overdue: boolean;
  }> {
    const reports: CheckReport[] = [];
    for (const check of this.list) {
      const seen = await this.lookAt(check, fresh);
      reports.push(reported(check, seen));
      if (seen.verdict === 'Healthy') continue;
      const since = this.triedSince.get(check.name) ?? Date.now();
      const waitsFor = `check ${check.name}: ${seen.message || seen.reason}`;
      return { reports, waitsFor, overdue: Date.now() - since >= check.timeoutMs };
    }
    return { reports, overdue: false };
  }

  private async lookAt(check: Check, fresh: boolean): Promise<Verdict> {
    const before = this.last.get(check.name);
    if (before && !fresh && Date.now() - before.at < check.everyMs) return before.seen;
    if (!this.triedSince.has(check.name)) this.triedSince.set(check.name, Date.now());
    const seen = await tryCheck(this.session, check);
    if (seen.verdict === 'Healthy') this.triedSince.delete(check.name);
    this.last.set(check.name, { at: Date.now(), seen });
    return seen;
  }
}

/** What a gate looks at: a step's objects, then its checks. */
export interface GateTarget {
  readonly tier: TierName;
  readonly refs: readonly ObjectRef[];
  readonly checks: readonly Check[];
}

/** A looker over one step's objects and checks. */
export function gateLooker(session: Session, target: GateTarget): GateLooker {
  const ladder = new CheckLadder(session, target.checks);
  return async (fresh) => {
    const { kube, plan, signal } = session;
    const look: GateLook = await lookAtGate({ kube, plan, tier: target.tier, refs: target.refs, signal });
    const { objects, debts, exceptions } = look;
    if (!look.passed)
      return { passed: false, terminal: look.terminal, reason: look.reason, objects, debts, exceptions, checks: [] };
    const { reports, waitsFor, overdue } = await ladder.look(fresh);
    return {
      passed: !waitsFor,
      terminal: overdue,
      reason: waitsFor ?? '',
      objects,
      debts,
      exceptions,
      checks: reports,
    };
  };
}

/** A looker over checks alone: the plan's `verify`. */
export function checksLooker(session: Session, list: readonly Check[]): GateLooker {
  const ladder = new CheckLadder(session, list);
  return async (fresh) => {
    const { reports, waitsFor, overdue } = await ladder.look(fresh);
    return {
      passed: !waitsFor,
      terminal: overdue,
      reason: waitsFor ?? '',
      objects: 0,
      debts: [],
      exceptions: [],
      checks: reports,
    };
  };
}

/** A gate that has held, with the moments that the times are made of. ISO 8601. */
export interface HeldGate {
  readonly moment: GateMoment;
  /** When everything passed for the first time of the time it then held. */
  readonly passedAt: string;
  readonly heldAt: string;
}

export type GateWait =
  | { readonly held: HeldGate }
  | { readonly failed: { readonly reason: string; readonly message: string; readonly moment?: GateMoment } };

/** Waits until a looker has passed without a break for the plan's `stableFor`. */
export async function holdGate(
  session: Session,
  look: GateLooker,
  options: { readonly deadlineAt: number; say(reason: string): void },
): Promise<GateWait> {
  let passedAt: number | undefined;
  let last: GateMoment | undefined;
  const { stableForMs } = session.plan;
  const lookNow = async (fresh: boolean): Promise<GateMoment> => {
    try {
      return await look(fresh);
    } catch (error) {
      // No answer is no news: what held before the silence has to hold anew.
      passedAt = undefined;
      throw error;
    }
  };
  const step = async (): Promise<Look<GateWait>> => {
    const isDue = passedAt !== undefined && Date.now() - passedAt >= stableForMs;
    const moment = await lookNow(isDue);
    last = moment;
    const now = Date.now();
    if (!moment.passed) {
      passedAt = undefined;
      if (moment.terminal) return { done: { failed: { reason: 'NotHealthy', message: moment.reason, moment } } };
      return { notYet: moment.reason };
    }
    passedAt ??= now;
    const times = { passedAt: new Date(passedAt).toISOString(), heldAt: new Date(now).toISOString() };
    // It counts by a look made when its time was up, of which no part is older.
    if (isDue) return { done: { held: { moment, ...times } } };
    return { notYet: `passes; has to hold for ${stableForMs / 1000} s` };
  };
  const waited = await waitUntil(step, {
    everyMs: 500,
    // A gate that passes at its deadline may still hold for its time.
    deadlineAt: () =>
      passedAt === undefined ? options.deadlineAt : Math.max(options.deadlineAt, passedAt + stableForMs + 1000),
    signal: session.signal,
    say: options.say,
  });
  if ('done' in waited) return waited.done;
  return {
    failed: {
      reason: 'GateOverdue',
      message: `not healthy in time: ${waited.overdue}`,
      ...(last ? { moment: last } : {}),
    },
  };
}
