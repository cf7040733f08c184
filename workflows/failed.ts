import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';

/** Why something did not work, as a person will read it. */
export interface Failed {
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
  /** The failure's type when an activity threw it. */
  readonly type?: string;
}

/** What an activity failed with. A cancellation is thrown on: it is no failure. */
export function failedWith(error: unknown): Failed {
  if (isCancellation(error)) throw error;
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    const details = cause.details?.[0] as { readonly reason?: string } | undefined;
    const type = cause.type ?? 'StepFailed';
    return { reason: details?.reason ?? type, message: cause.message, type };
  }
  if (cause instanceof TimeoutFailure) {
    const last = cause.cause instanceof ApplicationFailure ? `: ${cause.cause.message}` : '';
    return { reason: 'Overdue', message: `no result in time${last}` };
  }
  throw error;
}

/** Ends the run as failed: `onFailure: abort`, or nothing that waiting could mend. */
export class RunFailed extends Error {
  override readonly name = 'RunFailed';
  readonly failed: Failed;

  constructor(failed: Failed) {
    super(failed.message);
    this.failed = failed;
  }
}
