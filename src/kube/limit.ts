import { setTimeout as sleep } from 'node:timers/promises';
import { KubeError } from './error.ts';
import type { Act } from './failure.ts';
import type { CallOptions } from './types.ts';

/** Every call has one: 15 s unless told. */
export const defaultTimeoutMs = 15_000;

/** The time that a call has, over all its attempts, and the caller's wish to end it. */
export interface Limit {
  /** Aborts at the end of the time or when the caller aborts. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  remainingMs(): number;
  /** Rejects when the limit ends first. */
  wait(ms: number): Promise<void>;
  /** Why the call was ended; undefined when it was not. */
  ended(act: Act, server: string, before?: KubeError): KubeError | undefined;
}

/** Starts the clock of a call. */
export function startLimit(options: CallOptions | undefined, fallbackMs = defaultTimeoutMs): Limit {
  const timeoutMs = options?.timeoutMs ?? fallbackMs;
  const endsAt = performance.now() + timeoutMs;
  const clock = AbortSignal.timeout(timeoutMs);
  const caller = options?.signal;
  const signal = caller === undefined ? clock : AbortSignal.any([caller, clock]);
  return {
    signal,
    timeoutMs,
    remainingMs: () => Math.max(0, endsAt - performance.now()),
    wait: async (ms) => {
      await sleep(ms, undefined, { signal });
    },
    ended: (act, server, before) => {
      if (caller?.aborted === true) {
        return new KubeError(`cannot ${act.verb} ${act.object}: the call was ended by its caller`, {
          code: 0,
          reason: 'Aborted',
        });
      }
      return clock.aborted ? timeoutError(act, server, timeoutMs, before) : undefined;
    },
  };
}

/** The error of a call whose time is over; `before` is what the last attempt met. */
function timeoutError(act: Act, server: string, timeoutMs: number, before?: KubeError): KubeError {
  const words = `no answer from ${server} within ${timeoutMs / 1000} s`;
  const earlier = before === undefined ? '' : ` (before that: ${before.reason})`;
  return new KubeError(`cannot ${act.verb} ${act.object}: ${words}${earlier}`, {
    code: 0,
    reason: 'Timeout',
    cause: before,
  });
}

/** Waits for work that cannot be aborted itself, no longer than the signal lets it: an exec plugin has no limit of its own. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      reject(new Error('aborted'));
    };
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}
