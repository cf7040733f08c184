import { checks } from '../health/checks/registry.ts';
import { type GateLook, lookAtGate } from '../health/gate.ts';
import type { Check } from '../model/plan.ts';
import type { KubeClient } from '../kube/types.ts';
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
  /** Something is Degraded that may still heal: only for so long. */
  readonly suspect: boolean;
  readonly reason: string;
  readonly objects: number;
  readonly debts: readonly JudgedObject[];
  readonly exceptions: readonly string[];
  readonly checks: readonly CheckReport[];
  /** Time until a check's next try is due, ms. */
  readonly dueInMs?: number;
}

/**
 * Anything that can be looked at again and again until it holds. `fresh`: no check may answer from its last look, and all is
 * read from the API server itself; otherwise through its watches, which may be a moment behind.
 */
export type GateLooker = (fresh: boolean) => Promise<GateMoment>;

/** One check, one attempt, within its own time limit; what goes wrong is a verdict. */
async function tryCheck(session: Session, kube: KubeClient, check: Check): Promise<Verdict> {
  const limit = AbortSignal.timeout(check.attemptTimeoutMs);
  const signal = AbortSignal.any([session.signal, limit]);
  const context = {
    kube,
    plan: session.plan,
    namespace: session.plan.namespaces[0] ?? 'default',
    signal,
    attemptTimeoutMs: check.attemptTimeoutMs,
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

/** A check's last look. */
interface Tried {
  readonly at: number;
  readonly seen: Verdict;
  /** All that it asked is watched: looking again costs nothing. */
  readonly isWatched: boolean;
}

/** Looks at checks in file order, each after the one before has passed; keeps each check's own budget and pace. */
export class CheckLadder {
  private readonly session: Session;
  private readonly list: readonly Check[];
  private readonly triedSince = new Map<string, number>();
  private readonly last = new Map<string, Tried>();

  constructor(session: Session, list: readonly Check[]) {
    this.session = session;
    this.list = list;
  }

  async look(fresh: boolean): Promise<{
    readonly reports: readonly CheckReport[];
    readonly waitsFor?: string;
    readonly overdue: boolean;
    readonly dueInMs: number;
  }> {
    const reports: CheckReport[] = [];
    for (const check of this.list) {
      const seen = await this.lookAt(check, fresh);
      reports.push(reported(check, seen));
      if (seen.verdict === 'Healthy') continue;
      const since = this.triedSince.get(check.name) ?? Date.now();
      const waitsFor = `check ${check.name}: ${seen.message || seen.reason}`;
      return { reports, waitsFor, overdue: Date.now() - since >= check.timeoutMs, dueInMs: this.dueInMs() };
    }
    return { reports, overdue: false, dueInMs: this.dueInMs() };
  }

  private dueInMs(): number {
    const due = this.list.flatMap((check) => {
      const last = this.last.get(check.name);
      return last && !last.isWatched ? [last.at + check.everyMs - Date.now()] : [];
    });
    return Math.min(Infinity, ...due);
  }

  private async lookAt(check: Check, fresh: boolean): Promise<Verdict> {
    const before = this.last.get(check.name);
    if (before && !fresh && !before.isWatched && Date.now() - before.at < check.everyMs) return before.seen;
    if (!this.triedSince.has(check.name)) this.triedSince.set(check.name, Date.now());
    const { kube, watched } = this.session;
    const directBefore = watched.direct;
    const seen = await tryCheck(this.session, fresh ? kube : watched.kube, check);
    if (seen.verdict === 'Healthy') this.triedSince.delete(check.name);
    const isWatched = checks[check.type].objectsOnly === true && watched.direct === directBefore;
    this.last.set(check.name, { at: Date.now(), seen, isWatched });
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
    const { plan, signal } = session;
    const kube = fresh ? session.kube : session.watched.kube;
    const look: GateLook = await lookAtGate({ kube, plan, tier: target.tier, refs: target.refs, signal });
    const { objects, debts, exceptions, terminal, suspect, reason } = look;
    if (!look.passed) return { passed: false, terminal, suspect, reason, objects, debts, exceptions, checks: [] };
    const { reports, waitsFor, overdue, dueInMs } = await ladder.look(fresh);
    return {
      passed: !waitsFor,
      terminal: overdue,
      suspect: false,
      reason: waitsFor ?? '',
      objects,
      debts,
      exceptions,
      checks: reports,
      dueInMs,
    };
  };
}

/** A looker over checks alone: the plan's `verify`. */
export function checksLooker(session: Session, list: readonly Check[]): GateLooker {
  const ladder = new CheckLadder(session, list);
  return async (fresh) => {
    const { reports, waitsFor, overdue, dueInMs } = await ladder.look(fresh);
    return {
      passed: !waitsFor,
      terminal: overdue,
      suspect: false,
      reason: waitsFor ?? '',
      objects: 0,
      debts: [],
      exceptions: [],
      checks: reports,
      dueInMs,
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

/** Since when a gate passes, and since when something of it is Degraded, both without a break; ms since the epoch. */
interface GateClock {
  passedAt: number | undefined;
  degradedSince: number | undefined;
}

/** Waits until a looker has passed without a break for the plan's `stableFor`. */
export async function holdGate(
  session: Session,
  look: GateLooker,
  options: { readonly deadlineAt: number; say(reason: string): void },
): Promise<GateWait> {
  const clock: GateClock = { passedAt: undefined, degradedSince: undefined };
  let last: GateMoment | undefined;
  const { stableForMs, degradedForMs } = session.plan;
  const lookNow = async (fresh: boolean): Promise<GateMoment> => {
    try {
      last = await look(fresh);
    } catch (error) {
      // No answer is no news: what held before the silence has to hold anew.
      clock.passedAt = undefined;
      clock.degradedSince = undefined;
      throw error;
    }
    noteDegraded(clock, last);
    return last;
  };
  const step = async (): Promise<Look<GateWait>> => {
    const isDue = clock.passedAt !== undefined && Date.now() - clock.passedAt >= stableForMs;
    let moment = await lookNow(isDue);
    // A watch may be behind: what ends the wait is seen once more, by the API server's own word.
    if (!isDue && failureOf(clock, moment, degradedForMs)) moment = await lookNow(true);
    const failed = failureOf(clock, moment, degradedForMs);
    if (failed) return { done: { failed } };
    if (!moment.passed) {
      clock.passedAt = undefined;
      return { notYet: moment.reason };
    }
    const now = Date.now();
    clock.passedAt ??= now;
    const times = { passedAt: new Date(clock.passedAt).toISOString(), heldAt: new Date(now).toISOString() };
    // It counts by a look made when its time was up, of which no part is older.
    if (isDue) return { done: { held: { moment, ...times } } };
    return { notYet: `passes; has to hold for ${stableForMs / 1000} s` };
  };
  const waited = await waitUntil(step, {
    everyMs: 500,
    wake: session.watched,
    dueInMs: () =>
      Math.min(
        last?.dueInMs ?? Infinity,
        clock.passedAt === undefined ? Infinity : clock.passedAt + stableForMs - Date.now(),
        clock.degradedSince === undefined ? Infinity : clock.degradedSince + degradedForMs - Date.now(),
      ),
    // A gate that passes at its deadline may still hold for its time.
    deadlineAt: () =>
      clock.passedAt === undefined
        ? options.deadlineAt
        : Math.max(options.deadlineAt, clock.passedAt + stableForMs + 1000),
    signal: session.signal,
    say: options.say,
  });
  if ('done' in waited) return waited.done;
  const message = `not healthy in time: ${waited.overdue}`;
  return { failed: { reason: 'GateOverdue', message, ...(last ? { moment: last } : {}) } };
}

function noteDegraded(clock: GateClock, moment: GateMoment): void {
  clock.degradedSince = moment.suspect ? (clock.degradedSince ?? Date.now()) : undefined;
}

/** Why there is no use to wait any longer; undefined as long as there is. */
function failureOf(
  clock: GateClock,
  moment: GateMoment,
  degradedForMs: number,
): Extract<GateWait, { failed: unknown }>['failed'] | undefined {
  if (moment.passed) return undefined;
  if (moment.terminal) return { reason: 'NotHealthy', message: moment.reason, moment };
  const { degradedSince } = clock;
  const degradedMs = degradedSince === undefined ? 0 : Date.now() - degradedSince;
  if (degradedSince === undefined || degradedMs < degradedForMs) return undefined;
  const message = `Degraded without a break for ${Math.round(degradedMs / 1000)} s: ${moment.reason}`;
  return { reason: 'DegradedTooLong', message, moment };
}
