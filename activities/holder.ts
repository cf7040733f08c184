import { hostname } from 'node:os';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Holder, HolderState } from '../src/recovery/lock.ts';
import type { Shared } from './deps.ts';

/** What a lock says of the Temporal it was taken through: a loopback address means another one on each machine. */
export function temporalName(deps: Pick<Shared, 'temporal'>): string {
  const { address } = deps.temporal;
  return /^(localhost|127\.|\[::1\])/.test(address) ? `${address} on ${hostname()}` : address;
}

/** Whether the chain that holds a lock still runs, as far as this worker's Temporal can say. */
export async function askHolder(deps: Pick<Shared, 'temporal' | 'client'>, holder: Holder): Promise<HolderState> {
  if (holder.temporalAddress !== temporalName(deps) || holder.chain.namespace !== deps.temporal.namespace)
    return 'elsewhere';
  try {
    // Of the newest run of that workflow id; it is the holder's chain only when the first run is the same.
    const { status, raw } = await deps.client.workflow.getHandle(holder.chain.workflowId).describe();
    const firstRunId = raw.workflowExecutionInfo?.firstRunId;
    if (firstRunId && firstRunId !== holder.chain.firstRunId) return 'closed';
    return status.name === 'RUNNING' || status.name === 'PAUSED' ? 'open' : 'closed';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'unknown';
    throw error;
  }
}

/** When a chain of runs was closed, ISO 8601; undefined where this Temporal does not know it, or cannot say. */
export async function closedAt(
  { client }: Pick<Shared, 'client'>,
  workflowId: string,
  firstRunId: string,
): Promise<string | undefined> {
  try {
    const { closeTime, raw } = await client.workflow.getHandle(workflowId).describe();
    return raw.workflowExecutionInfo?.firstRunId === firstRunId ? closeTime?.toISOString() : undefined;
  } catch {
    // Only a report's split of the time hangs on it.
    return undefined;
  }
}
