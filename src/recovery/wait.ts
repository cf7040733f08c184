import { setTimeout as sleep } from 'node:timers/promises';
import { KubeError } from '../kube/error.ts';

/** One look at the world: there, or not yet and why. */
export type Look<T> = { readonly done: T } | { readonly notYet: string };

/** What knows of changes to what a look has read. */
export interface Wake {
  /** A look begins. */
  begin(): void;
  /** Ends at a change of what the look read, at the latest after `atMostMs`, after `everyMs` where it cannot know of all. */
  change(limits: { readonly atMostMs: number; readonly everyMs: number; readonly signal: AbortSignal }): Promise<void>;
}

export interface WaitOptions {
  /** Time between two looks, ms, where nothing wakes. */
  readonly everyMs: number;
  /** Wakes the wait between two looks. */
  readonly wake?: Wake;
  /** Time until the next look is due in any case, ms. */
  readonly dueInMs?: () => number;
  /** Absolute, ms since the epoch: survives a worker's death because the caller keeps it. */
  readonly deadlineAt: () => number;
  readonly signal: AbortSignal;
  /** Told why not yet, after each look. */
  say(reason: string): void;
}

/** What a wait ends with: the thing, or the last reason when the time was up. */
export type Waited<T> = { readonly done: T } | { readonly overdue: string };

/**
 * So long without a break, ms, a right has to be missing before it counts as missing: an API server that has just started
 * serves before it has loaded the roles, and refuses everybody (kube-apiserver, rbac/bootstrap-roles hook).
 */
export const refusedForMs = 30_000;

/** Whether a cluster's refusal to answer can pass by itself. */
export function mayPass(error: unknown): boolean {
  return (
    error instanceof KubeError &&
    (error.code === 0 || error.code === 429 || error.code >= 500) &&
    error.reason !== 'Aborted'
  );
}

/**
 * The one place where this project waits for a cluster. Looks until there is an answer or the deadline has passed; a
 * cluster that does not answer is a reason, not an end. Ends at once (AbortError) when the signal does.
 */
export async function waitUntil<T>(look: () => Promise<Look<T>>, options: WaitOptions): Promise<Waited<T>> {
  for (;;) {
    options.signal.throwIfAborted();
    options.wake?.begin();
    const seen = await lookOnce(look);
    if ('done' in seen) return seen;
    options.say(seen.notYet);
    if (Date.now() >= options.deadlineAt()) return { overdue: seen.notYet };
    await pause(options);
  }
}

async function pause({ everyMs, wake, dueInMs, deadlineAt, signal }: WaitOptions): Promise<void> {
  const atMostMs = Math.max(10, Math.min(deadlineAt() - Date.now(), dueInMs?.() ?? Infinity));
  if (wake) await wake.change({ atMostMs, everyMs, signal });
  else await sleep(Math.min(everyMs, atMostMs), undefined, { signal });
}

async function lookOnce<T>(look: () => Promise<Look<T>>): Promise<Look<T>> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof KubeError && mayPass(error))
      return { notYet: `the cluster does not answer: ${error.message}` };
    throw error;
  }
}
