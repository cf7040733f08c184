/** What can be known of a run now: its own view, and from its pending activities why not yet. */
import {
  type Client,
  type WorkflowHandle,
  type WorkflowExecutionDescription,
  QueryNotRegisteredError,
} from '@temporalio/client';
import { arrayFromPayloads, defaultPayloadConverter } from '@temporalio/common';
import { viewQueryName, type RunView, type Waiting } from '../model/run.ts';

/** One look at a run. */
export interface RunLook {
  readonly workflowId: string;
  readonly runId: string;
  /** Temporal's word: RUNNING, COMPLETED, FAILED, … */
  readonly status: string;
  readonly startedAt: string;
  /** Absent while no worker answers. */
  readonly view?: RunView;
  /** Why there is no view. */
  readonly silent?: string;
  /** What is waited for at this moment, by the activities' own heartbeats. */
  readonly waits: readonly Waiting[];
}

const queryTimeoutMs = 5_000;

/** Looks once: a describe, and the query `view`. Where no worker answers, the look says so instead of waiting. */
export async function lookAt(client: Client, handle: WorkflowHandle): Promise<RunLook> {
  const description = await handle.describe();
  // An ended run would be replayed for the answer, and without a worker be waited for in vain.
  const isOpen = description.status.name === 'RUNNING' || description.status.name === 'PAUSED';
  const answer = isOpen ? await askView(client, handle) : { silent: 'the run has ended' };
  return {
    workflowId: description.workflowId,
    runId: description.runId,
    status: description.status.name,
    startedAt: description.startTime.toISOString(),
    ...answer,
    waits: waitsOf(description),
  };
}

async function askView(
  client: Client,
  handle: WorkflowHandle,
): Promise<{ readonly view: RunView } | { readonly silent: string }> {
  try {
    return { view: await client.withDeadline(Date.now() + queryTimeoutMs, () => handle.query<RunView>(viewQueryName)) };
  } catch (error) {
    if (error instanceof QueryNotRegisteredError) return { silent: 'the run has not begun' };
    return { silent: 'no worker answers: is one running (`rekindle worker`)?' };
  }
}

/** What the pending activities said in their last heartbeats, oldest tier first as Temporal lists them. */
export function waitsOf(description: Pick<WorkflowExecutionDescription, 'raw'>): Waiting[] {
  const pending = description.raw.pendingActivities ?? [];
  return pending.flatMap(({ heartbeatDetails }) => {
    const [details] = arrayFromPayloads(defaultPayloadConverter, heartbeatDetails?.payloads);
    return isWaiting(details) ? [details] : [];
  });
}

function isWaiting(value: unknown): value is Waiting {
  if (typeof value !== 'object' || value === null) return false;
  const { worker, at, waitsFor, reason }: Record<string, unknown> = { ...value };
  return [worker, at, waitsFor, reason].every((field) => typeof field === 'string');
}
