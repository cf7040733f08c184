import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { DriverError } from '../src/drivers/driver.ts';
import { KubeError } from '../src/kube/error.ts';
import { type FailureType, failureTypes } from '../src/model/failure.ts';
import { forHistory } from '../src/model/redact.ts';
import { LedgerError } from '../src/recovery/ledger-text.ts';
import { NotOursError } from '../src/recovery/cluster.ts';
import { mayPass } from '../src/recovery/wait.ts';
import { RequestError } from '../src/recovery/request.ts';

/** Attempts that an error nobody has foreseen gets before a person is asked. */
const unforeseenAttempts = 5;

/** An ApplicationFailure of one of our types; whether it is retried follows from the type. */
export function failure(type: FailureType, message: string, ...details: unknown[]): ApplicationFailure {
  const nonRetryable = !failureTypes[type].retry;
  return ApplicationFailure.create({ type, message: forHistory(message), nonRetryable, details });
}

/** The one place where errors of our code become failures of Temporal: no headers, no bodies, no credentials, no stack. */
export async function toFailure(error: unknown): Promise<unknown> {
  const context = Context.current();
  if (isStopping(context) && !(error instanceof ApplicationFailure)) return handedOver();
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  // Whatever broke because the activity was cancelled is the cancellation.
  if (context.cancellationSignal.aborted) return context.cancelled.catch((cancelled: unknown) => cancelled);
  if (error instanceof RequestError) return failure('RequestInvalid', error.message);
  if (error instanceof NotOursError || error instanceof LedgerError) return failure('NotOurs', error.message);
  if (error instanceof DriverError) return failure(error.type, error.message);
  if (error instanceof KubeError) return kubeFailure(error);
  const message = forHistory(error instanceof Error ? error.message : String(error));
  const nonRetryable = context.info.attempt >= unforeseenAttempts;
  return ApplicationFailure.create({ type: 'StepFailed', message, nonRetryable });
}

/** The word of the SDK (1.24.0, worker/src/worker.ts) for a worker that was asked to stop; no run is cancelled by it. */
function isStopping({ cancellationSignal: { aborted, reason } }: Context): boolean {
  return aborted && reason instanceof CancelledFailure && reason.message === 'WORKER_SHUTDOWN';
}

/** The next worker may have it at once: nothing went wrong that a pause could help. */
function handedOver(): ApplicationFailure {
  const message = 'the worker was stopped and hands over';
  const category = ApplicationFailureCategory.BENIGN;
  return ApplicationFailure.create({ type: 'HandedOver', message, nextRetryDelay: 1, category });
}

/** Whether it says that we lack a right. */
export function isRefusal(failed: unknown): failed is ApplicationFailure {
  return failed instanceof ApplicationFailure && failed.type === ('PermissionDenied' satisfies FailureType);
}

/** The same failure, of an act that is worth another attempt. */
export function again({ type, message }: ApplicationFailure): ApplicationFailure {
  return ApplicationFailure.create({ ...(type ? { type } : {}), message, nonRetryable: false });
}

function kubeFailure(error: KubeError): ApplicationFailure {
  if (mayPass(error)) return failure(error.code === 429 ? 'Throttled' : 'ClusterUnavailable', error.message);
  if (error.code === 401 || error.code === 403) return failure('PermissionDenied', error.message);
  if (error.code === 409) return failure('Conflict', error.message);
  return failure('EngineRefused', error.message);
}
