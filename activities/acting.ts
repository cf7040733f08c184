import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { forHistory } from '../src/model/redact.ts';
import type { WorkerCrash } from '../src/model/report.ts';
import { reasonSignalName, type Waiting } from '../src/model/run.ts';
import type { TierName } from '../src/model/tiers.ts';
import { refusedForMs } from '../src/recovery/wait.ts';
import { again, isRefusal, toFailure } from './failure.ts';

/** What every activity of this project returns: its value, and which workers died before it could. */
export interface Acted<T> {
  readonly value: T;
  readonly crashes: readonly WorkerCrash[];
  /** The worker that did it: whoever has ended something was not dead. Absent in results of older versions. */
  readonly worker?: string;
}

/** An activity's pulse. */
export interface Beat {
  /** Aborted when the activity is cancelled, timed out, or its worker stops. */
  readonly signal: AbortSignal;
  /** Why not yet: into the next heartbeat, and, when it changed, to the workflow. */
  say(reason: string): void;
}

/** Where an activity's wait belongs. */
export interface Place {
  readonly tier?: TierName;
  readonly step?: string;
}

interface Details extends Waiting {
  readonly crashes: readonly WorkerCrash[];
  /** The attempt before this one was not permitted something. */
  readonly refused?: Refused;
}

/** Since when attempt after attempt was not permitted something, and when it was last; ms since the epoch. */
interface Refused {
  readonly since: number;
  readonly at: number;
}

/** Two refusals so far apart, ms, are not of one trouble: attempts follow each other within two seconds, and are short. */
const refusedApartMs = 60_000;

/** A refusal that follows on another, or is the first. */
function refusedNow(before: Refused | undefined, now: number): Refused {
  return { since: before && now - before.at < refusedApartMs ? before.since : now, at: now };
}

/** An API server that has just started refuses everybody for a moment: that is tried again. */
function isYoung(refused: Refused | undefined): boolean {
  return refused !== undefined && refused.at - refused.since < refusedForMs;
}

/** A beat each second: the server takes 4 s of silence for death (DESIGN: heartbeat timeout 4 s, throttle 1 s). */
const beatMs = 1000;

/** Signals are events in the history: at most one in this time for a run. */
const signalEveryMs = 10_000;

/** The worker that was beating before this attempt, when it died without handing over. */
function crashesBefore(previous: Details | undefined, worker: string, now: Date): WorkerCrash[] {
  if (!previous) return [];
  const before = [...previous.crashes];
  if (previous.handsOver || previous.worker === worker) return before;
  const seconds = Math.round((now.getTime() - Date.parse(previous.at)) / 10) / 100;
  const place = {
    ...(previous.tier ? { tier: previous.tier } : {}),
    ...(previous.step ? { step: previous.step } : {}),
  };
  return [
    ...before,
    { worker: previous.worker, lastSeen: previous.at, resumedAt: now.toISOString(), seconds, ...place },
  ];
}

/** A run's reasons that were not told yet, by where they belong, and when the next may be told. */
interface Untold {
  readonly workflowId: string;
  readonly reasons: Map<string, Waiting>;
  timer: NodeJS.Timeout | undefined;
}

const placeKey = ({ tier, step, waitsFor }: Waiting) => [tier, step, waitsFor].join('/');

/**
 * Tells the workflow of changed reasons, rarely: the first at once, then the newest of each place in turn. One that comes
 * too soon is told later, unless its wait has ended: a page that is not told would show an old reason for ever.
 */
export class ReasonTeller {
  private readonly runs = new Map<string, Untold>();
  private readonly client: Client;
  private readonly everyMs: number;

  constructor(client: Client, everyMs: number = signalEveryMs) {
    this.client = client;
    this.everyMs = everyMs;
  }

  tell(workflowId: string, runId: string, waiting: Waiting): void {
    const run = this.runs.get(runId) ?? { workflowId, reasons: new Map<string, Waiting>(), timer: undefined };
    this.runs.set(runId, run);
    run.reasons.set(placeKey(waiting), waiting);
    if (run.timer === undefined) this.next(runId, run);
  }

  /** The wait has ended: what it would still have said is not true any more. */
  forget(runId: string, waiting: Waiting): void {
    this.runs.get(runId)?.reasons.delete(placeKey(waiting));
  }

  private next(runId: string, run: Untold): void {
    const [oldest] = run.reasons;
    if (oldest === undefined) {
      this.runs.delete(runId);
      return;
    }
    const [key, waiting] = oldest;
    run.reasons.delete(key);
    run.timer = setTimeout(() => this.next(runId, run), this.everyMs).unref();
    // Only for the eye: the reason is in the heartbeat anyway, so a lost signal loses nothing.
    this.client.workflow
      .getHandle(run.workflowId, runId)
      .signal(reasonSignalName, waiting)
      .catch(() => undefined);
  }
}

export interface ActingDeps {
  /** Unique for each worker process. */
  readonly identity: string;
  readonly teller: ReasonTeller;
}

/**
 * Makes an activity of a function: beats each second from a timer, says who beats and why not yet, finds out whether a
 * worker died before, and turns errors into failures.
 */
export function acting<Input, T>(
  deps: ActingDeps,
  waitsFor: string,
  place: (input: Input) => Place,
  act: (input: Input, beat: Beat) => Promise<T>,
): (input: Input) => Promise<Acted<T>> {
  return async (input) => {
    const context = Context.current();
    const { workflowExecution } = context.info;
    const previous = context.info.heartbeatDetails as Details | undefined;
    const crashes = crashesBefore(previous, deps.identity, new Date());
    const head = { worker: deps.identity, waitsFor, ...place(input) };
    let reason = 'begins';
    const waiting = (): Waiting => ({ ...head, reason, at: new Date().toISOString() });
    const beat = (more: Partial<Details> = {}) =>
      context.heartbeat({ ...waiting(), crashes, ...more } satisfies Details);
    const say = (text: string) => {
      const clean = forHistory(text, 400);
      if (clean === reason) return;
      reason = clean;
      beat();
      if (workflowExecution) deps.teller.tell(workflowExecution.workflowId, workflowExecution.runId, waiting());
    };
    beat();
    const timer = setInterval(() => beat(), beatMs);
    try {
      return { value: await act(input, { signal: context.cancellationSignal, say }), crashes, worker: deps.identity };
    } catch (error) {
      const failed = await toFailure(error);
      const refused = isRefusal(failed) ? refusedNow(previous?.refused, Date.now()) : undefined;
      // An attempt that ends by itself is no crash, whichever worker goes on.
      beat({ handsOver: true, ...(refused ? { refused } : {}) });
      throw isRefusal(failed) && isYoung(refused) ? again(failed) : failed;
    } finally {
      clearInterval(timer);
      if (workflowExecution) deps.teller.forget(workflowExecution.runId, waiting());
    }
  };
}
