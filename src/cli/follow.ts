/** Following a run: redrawn in a terminal, a line for each change in a pipe. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { RunView } from '../model/run.ts';
import { changedLines, ReasonFilter } from '../report/changes.ts';
import { viewLines } from '../report/view.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';
import { awaitEnd, type RunEnd } from './run-end.ts';
import { lookAt, type RunLook } from './run-state.ts';

export interface FollowOptions {
  readonly client: Client;
  readonly handle: WorkflowHandle;
  readonly output: Output;
  /** Return when the run becomes held, though it goes on: for pipes, where nobody decides. */
  readonly leaveWhenHeld: boolean;
  readonly signal?: AbortSignal;
  /** How often it looks; default 1 s. */
  readonly everyMs?: number;
  /** Told of every look: the drill decides by it. */
  readonly seen?: (look: RunLook) => void;
}

export type Followed =
  | { readonly kind: 'ended'; readonly end: RunEnd }
  | { readonly kind: 'held'; readonly view: RunView }
  /** The signal said so; the run goes on. */
  | { readonly kind: 'left' };

// Longer than a restart of Temporal or of the only worker takes.
const temporalSilenceMs = 120_000;
const workerSilenceMs = 10_000;

/** Follows until the run ends, is held (where asked to leave then), or the signal aborts. */
export async function follow(options: FollowOptions): Promise<Followed> {
  const painter = options.output.watched ? terminalPainter(options.output) : linePainter(options.output);
  const leaving = new AbortController();
  try {
    return await lookUntil(options, painter, patientEnd(options, leaving.signal));
  } finally {
    leaving.abort();
    painter.finish();
  }
}

async function lookUntil(
  options: FollowOptions,
  painter: Painter,
  end: Promise<RunEnd | undefined>,
): Promise<Followed> {
  const { client, handle, signal } = options;
  const silence = new Silence(options.output);
  const leaving = aborted(signal);
  for (;;) {
    const looking = silence.guard(() => lookAt(client, handle));
    // Where Temporal is away a look goes on for longer than a person waits who wants to leave.
    const look = await Promise.race([looking, leaving]);
    if (signal?.aborted) return silence.leave();
    if (look?.view !== undefined) painter.show(look.view, look);
    if (look !== undefined) options.seen?.(look);
    if (options.leaveWhenHeld && look?.view?.state === 'held') return { kind: 'held', view: look.view };
    const pause = sleep(options.everyMs ?? 1_000, undefined, signal === undefined ? {} : { signal });
    const ended = await Promise.race([end, pause.catch(() => undefined)]);
    if (ended !== undefined) return { kind: 'ended', end: ended };
    if (signal?.aborted) return { kind: 'left' };
  }
}

/** Settles when the signal says so. */
async function aborted(signal: AbortSignal | undefined): Promise<undefined> {
  if (signal === undefined) return new Promise(() => undefined);
  if (!signal.aborted) await once(signal, 'abort');
  return undefined;
}

/** Temporal may be away for a while: the run does not end by that. undefined when nobody waits any more. */
async function patientEnd({ client, handle }: FollowOptions, leaving: AbortSignal): Promise<RunEnd | undefined> {
  let since: number | undefined;
  for (;;) {
    try {
      return await client.connection.withAbortSignal(leaving, () => awaitEnd(handle));
    } catch (error) {
      if (leaving.aborted) return undefined; // or the long poll would keep the process for half a minute
      since ??= Date.now();
      if (Date.now() - since > temporalSilenceMs) throw error;
      await sleep(1_000);
    }
  }
}

/** Says once that nobody answers, and gives up when Temporal stays away. */
class Silence {
  private temporalSince: number | undefined;
  private workerSince: number | undefined;
  private said = false;
  private left = false;
  private readonly output: Output;

  constructor(output: Output) {
    this.output = output;
  }

  /** What is still being looked at is nobody's any more. */
  leave(): Followed {
    this.left = true;
    return { kind: 'left' };
  }

  async guard(look: () => Promise<RunLook>): Promise<RunLook | undefined> {
    try {
      const seen = await look();
      this.temporalSince = undefined;
      this.worker(seen);
      return seen;
    } catch {
      this.temporalSince ??= Date.now();
      if (Date.now() - this.temporalSince > temporalSilenceMs)
        throw new CliError(
          'Temporal does not answer any more; the run goes on there when it is back',
          exitCodes.unavailable,
        );
      this.once('Temporal does not answer; trying again');
      return undefined;
    }
  }

  private worker(seen: RunLook): void {
    if (seen.view !== undefined) {
      this.workerSince = undefined;
      this.said = false;
      return;
    }
    this.workerSince ??= Date.now();
    if (Date.now() - this.workerSince > workerSilenceMs)
      this.once(`no news of ${seen.workflowId}: ${seen.silent ?? 'no answer'}`);
  }

  private once(sentence: string): void {
    if (this.said || this.left) return;
    this.said = true;
    this.output.note(sentence);
  }
}

interface Painter {
  show(view: RunView, look: RunLook): void;
  finish(): void;
}

function terminalPainter(output: Output): Painter {
  return {
    show: (view, look) => {
      const options = { now: new Date(), paint: output.colours, columns: output.columns };
      output.draw(viewLines(view, look.waits, options));
    },
    finish: () => output.settle(),
  };
}

function linePainter(output: Output): Painter {
  const reasons = new ReasonFilter();
  let before: RunView | undefined;
  return {
    show: (view, look) => {
      const at = new Date();
      const lines = [...changedLines(before, view), ...reasons.lines(look.waits, at.getTime())];
      for (const line of lines) output.note(`${at.toISOString()} ${line}`);
      before = view;
    },
    finish: () => undefined,
  };
}
