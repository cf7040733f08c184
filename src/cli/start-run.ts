/** Starting `recoverSite`. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { recoverSiteType, taskQueue } from '../model/run.ts';
import type { RecoverRequest } from '../model/request.ts';
import type { Temporal } from '../temporal.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { pollers } from './pollers.ts';
import { openRuns } from './runs.ts';

// A worker that was started in the same breath needs a moment until the server knows of its first poll.
const pollerWaitMs = 3_000;

/** Throws a CliError when nobody would take the run. */
export async function requireWorker(temporal: Temporal): Promise<void> {
  const until = Date.now() + pollerWaitMs;
  while ((await pollers(temporal)).length === 0) {
    if (Date.now() >= until)
      throw new CliError(
        `no worker polls task queue ${taskQueue} at ${temporal.address} (namespace ${temporal.namespace}), so nothing was started: ` +
          'start one with `rekindle worker`, or use --embedded',
        exitCodes.unavailable,
      );
    await sleep(250);
  }
}

/** Starts the workflow. The id is for people; one run per site is kept by the Lease in the cluster, not by the id. */
export function startRun(
  temporal: Temporal,
  request: RecoverRequest,
  workflowId?: string,
): Promise<WorkflowHandleWithFirstExecutionRunId> {
  const subject = request.plan ?? `resume-${request.resume ?? ''}`;
  return temporal.client.workflow.start(recoverSiteType, {
    taskQueue,
    workflowId: workflowId ?? `recover-${subject}-${randomBytes(4).toString('hex')}`,
    args: [request],
    staticSummary: request.plan === undefined ? `resumes ${request.resume ?? ''}` : `recovers by plan ${request.plan}`,
  });
}

/**
 * The open run of the same plan, if there is one. An embedded server remembers what it was stopped in the middle of:
 * then that run goes on, and no second one begins.
 */
export async function openRunOf(
  temporal: Temporal,
  { plan }: RecoverRequest,
): Promise<{ readonly handle: WorkflowHandle; readonly runId: string } | undefined> {
  const open =
    plan === undefined
      ? undefined
      : (await openRuns(temporal.client)).find((run) => run.type === recoverSiteType && run.plan === plan);
  if (open === undefined) return undefined;
  return { handle: temporal.client.workflow.getHandle(open.workflowId), runId: open.runId };
}
