import type { Client } from '@temporalio/client';

/** Events read from the end of a history; a decision is noted soon after it came. */
const pageSize = 200;

/**
 * The identity that the Temporal server recorded of an Update's caller: what the client claimed to the server, not what
 * stands in the Update's `by`. Undefined when the event is not among the newest.
 *
 * The event's `principal`, which a server with an authorizer may stamp, is not the caller's: it is that of the request
 * that wrote the event, and this one is written by the worker's answer; after a Reset, by whoever asked for that
 * (server 1.32.0, mutable_state_impl.go, closeTransaction: "Stamp events with the caller's principal").
 */
export async function callerOf(
  client: Client,
  namespace: string,
  workflow: { readonly workflowId: string; readonly runId: string },
  updateId: string,
): Promise<string | undefined> {
  const history = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace,
    execution: { workflowId: workflow.workflowId, runId: workflow.runId },
    maximumPageSize: pageSize,
  });
  for (const event of history.history?.events ?? []) {
    // After a Reset it is the event of the admission that has the request: the server hands old Updates on by it.
    const request =
      event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest ??
      event.workflowExecutionUpdateAdmittedEventAttributes?.request;
    if (request?.meta?.updateId === updateId) return request.meta.identity ?? undefined;
  }
  return undefined;
}
