import { type GateLook, lookAtGate } from '../health/gate.ts';
import type { Check } from '../model/plan.ts';
import type { CheckReport } from '../model/report.ts';
import type { TierName } from '../model/tiers.ts';
import type { JudgedObject, ObjectRef } from '../model/verdict.ts';
import { CheckLadder } from './check-ladder.ts';
import type { Session } from './session.ts';
import { type Look, refusedForMs, waitUntil } from './wait.ts';

/** One moment of a gate: whether everything passes now. */
export interface GateMoment {
  readonly passed: boolean;
  /** It cannot heal without a change: no use to wait. */
  readonly terminal: boolean;
  /** Something is Degraded that may still heal: only for so long. */
  readonly suspect: boolean;
  /** Something may not be read: an API server that has just started says so for a moment, and only for so long. */
  readonly refused: boolean;
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
    let look: GateLook | undefined;
    try {
      look = await lookAtGate({ kube, plan, tier: target.tier, refs: target.refs, signal });
    } finally {
      if (look?.passed !== true) ladder.notReached();
    }
    const { objects, debts, exceptions, terminal, suspect, refused, reason } = look;
    if (!look.passed)
      return { passed: false, terminal, suspect, refused, reason, objects, debts, exceptions, checks: [] };
    const { reports, waitsFor, overdue, dueInMs } = await ladder.look(fresh);
    return {
      passed: !waitsFor,
      terminal: overdue,
      suspect: false,
      refused: false,
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
      refused: false,
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

/** Since when a gate passes, something of it is Degraded, or may not be read, each without a break; ms since the epoch. */
interface GateClock {
  passedAt: number | undefined;
  degradedSince: number | undefined;
  refusedSince: number | undefined;
}

/** How long a gate bears what it bears for a while, ms. */
interface Patience {
  readonly degradedForMs: number;
  readonly refusedForMs: number;
}

/** Waits until a looker has passed without a break for the plan's `stableFor`. */
export async function holdGate(
  session: Session,
  look: GateLooker,
  options: { readonly deadlineAt: number; readonly refusedForMs?: number; say(reason: string): void },
): Promise<GateWait> {
  const clock: GateClock = { passedAt: undefined, degradedSince: undefined, refusedSince: undefined };
  let last: GateMoment | undefined;
  let checksDueInMs = Infinity;
  const { stableForMs, degradedForMs } = session.plan;
  const patience: Patience = { refusedForMs, degradedForMs, ...options };
  const lookNow = async (fresh: boolean): Promise<GateMoment> => {
    try {
      last = await look(fresh);
      checksDueInMs = last.dueInMs ?? Infinity;
    } catch (error) {
      checksDueInMs = Infinity;
      // No answer is no news: what held before the silence has to hold anew.
      clock.passedAt = undefined;
      clock.degradedSince = undefined;
      clock.refusedSince = undefined;
      throw error;
    }
    noteTrouble(clock, last);
    return last;
  };
  const step = async (): Promise<Look<GateWait>> => {
    const isDue = clock.passedAt !== undefined && Date.now() - clock.passedAt >= stableForMs;
    let moment = await lookNow(isDue);
    // A watch may be behind: what ends the wait is seen once more, by the API server's own word.
    if (!isDue && failureOf(clock, moment, patience)) moment = await lookNow(true);
    const failed = failureOf(clock, moment, patience);
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
    dueInMs: () => Math.min(checksDueInMs, untilMs(clock.passedAt, stableForMs), untilPatienceEndsMs(clock, patience)),
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

function untilMs(since: number | undefined, lastsMs: number): number {
  return since === undefined ? Infinity : since + lastsMs - Date.now();
}

function untilPatienceEndsMs(clock: GateClock, { degradedForMs, refusedForMs }: Patience): number {
  return Math.min(untilMs(clock.degradedSince, degradedForMs), untilMs(clock.refusedSince, refusedForMs));
}

function noteTrouble(clock: GateClock, moment: GateMoment): void {
  clock.degradedSince = moment.suspect ? (clock.degradedSince ?? Date.now()) : undefined;
  clock.refusedSince = moment.refused ? (clock.refusedSince ?? Date.now()) : undefined;
}

/** Why there is no use to wait any longer; undefined as long as there is. */
function failureOf(
  clock: GateClock,
  moment: GateMoment,
  { degradedForMs, refusedForMs }: Patience,
): Extract<GateWait, { failed: unknown }>['failed'] | undefined {
  if (moment.passed) return undefined;
  if (moment.terminal) return { reason: 'NotHealthy', message: moment.reason, moment };
  const { degradedSince, refusedSince } = clock;
  if (untilMs(refusedSince, refusedForMs) <= 0) return { reason: 'NotHealthy', message: moment.reason, moment };
  if (degradedSince === undefined || untilMs(degradedSince, degradedForMs) > 0) return undefined;
  const seconds = Math.round((Date.now() - degradedSince) / 1000);
  const message = `Degraded without a break for ${seconds} s: ${moment.reason}`;
  return { reason: 'DegradedTooLong', message, moment };
}
