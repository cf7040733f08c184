/** How a run ended, in the words of this project: from its result, or from the failure that it closed with. */
import { type WorkflowHandle, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { type CleanedUp, isCleanedUp } from '../model/cleaned-up.ts';
import { failureTypes, type FailureType } from '../model/failure.ts';
import { isLookedOnly, type LookedOnly } from '../model/look.ts';
import type { Report } from '../model/report.ts';
import { exitCodeOf, exitCodes, type ExitCode } from './exit-codes.ts';

/** An ended run: with a report wherever the run could make one. */
export interface RunEnd {
  readonly report?: Report;
  /** Of a run that only looked: there is no report. */
  readonly looked?: LookedOnly;
  /** Of a run that only removed what a drill had left: there is no report. */
  readonly cleanedUp?: CleanedUp;
  /** One sentence; absent for a plain `recovered`. */
  readonly message?: string;
  /** The failure's type: `aborted`, `SiteBusy`, `PlanInvalid`, …; absent when the run completed. */
  readonly type?: string;
  readonly exitCode: ExitCode;
}

/** Waits for the end of a run, across continue-as-new. Throws only where Temporal cannot be asked. */
export async function awaitEnd(handle: WorkflowHandle): Promise<RunEnd> {
  try {
    const result: unknown = await handle.result();
    if (isLookedOnly(result)) return endOfLook(result);
    if (isCleanedUp(result)) return { cleanedUp: result, message: result.message, exitCode: exitCodes.recovered };
    if (!isReport(result)) return { message: 'the run completed without a report', exitCode: exitCodes.failed };
    return {
      report: result,
      ...(result.because === undefined ? {} : { message: result.because }),
      exitCode: exitCodeOf(result.outcome),
    };
  } catch (error) {
    if (error instanceof WorkflowFailedError) return endOfFailure(error.cause);
    throw error;
  }
}

/** Nothing was restored: the exit code says what would be in the way, as `rekindle preview` does. */
function endOfLook(looked: LookedOnly): RunEnd {
  const codes = { clear: exitCodes.recovered, warnings: exitCodes.exceptions, blocked: exitCodes.failed } as const;
  return { looked, message: looked.message, exitCode: codes[looked.verdict] };
}

/** A failure as a person should read it. */
export function endOfFailure(cause: Error | undefined): RunEnd {
  if (cause instanceof ApplicationFailure) {
    const [first] = cause.details ?? [];
    const type = cause.type ?? 'failed';
    // Something is still there: what could be removed is.
    if (isCleanedUp(first)) return { cleanedUp: first, message: cause.message, type, exitCode: exitCodes.exceptions };
    return {
      ...(isReport(first) ? { report: first } : {}),
      message: cause.message,
      type,
      exitCode: isWrongInput(type) ? exitCodes.wrongInput : exitCodes.failed,
    };
  }
  if (cause instanceof CancelledFailure)
    return { message: 'the run was cancelled', type: 'aborted', exitCode: exitCodes.failed };
  if (cause instanceof TerminatedFailure)
    return {
      message: `the run was terminated (${cause.message}): nothing was released; \`rekindle resume\` goes on with a recovery, \`rekindle clean-up\` removes what a drill left`,
      type: 'failed',
      exitCode: exitCodes.failed,
    };
  if (cause instanceof TimeoutFailure)
    return { message: 'the run reached its time limit in Temporal', type: 'failed', exitCode: exitCodes.failed };
  return {
    message: cause?.message ?? 'the run failed and did not say why',
    type: 'failed',
    exitCode: exitCodes.failed,
  };
}

const wrongInput: readonly FailureType[] = ['RequestInvalid', 'PlanInvalid', 'LedgerNotFound'];

function isWrongInput(type: string): boolean {
  return type in failureTypes && wrongInput.some((name) => name === type);
}

/** Whether a value read from Temporal or a file is a report; its inner parts are taken as they are. */
export function isReport(value: unknown): value is Report {
  if (typeof value !== 'object' || value === null) return false;
  const { recovery, outcome, tiers }: Record<string, unknown> = { ...value };
  return typeof recovery === 'string' && typeof outcome === 'string' && Array.isArray(tiers);
}
