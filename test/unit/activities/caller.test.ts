import type { Client } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { callerOf } from '../../../activities/caller.ts';

const workflow = { workflowId: 'w', runId: 'r' };

/** A history, newest event first, as the server gives it. */
function clientWith(...events: readonly object[]): Client {
  const getWorkflowExecutionHistoryReverse = async () => ({ history: { events } });
  return { workflowService: { getWorkflowExecutionHistoryReverse } } as unknown as Client;
}
const request = (updateId: string, identity: string) => ({ meta: { updateId, identity } });
const accepted = (updateId: string, identity: string) => ({
  workflowExecutionUpdateAcceptedEventAttributes: { acceptedRequest: request(updateId, identity) },
});

describe("the caller of an Update, by the run's history", () => {
  it('is the identity that came with it, and of no other one', async () => {
    const client = clientWith(accepted('u2', 'bo@laptop'), accepted('u1', 'ana@laptop'));

    expect(await callerOf(client, 'default', workflow, 'u1')).toBe('ana@laptop');
    expect(await callerOf(client, 'default', workflow, 'u3')).toBeUndefined();
  });

  it("is never the principal that the server has stamped on the event: that is the worker's, whose answer wrote it", async () => {
    const principal = { type: 'jwt', name: 'rekindle-worker' };
    const client = clientWith({ ...accepted('u1', 'ana@laptop'), principal });

    expect(await callerOf(client, 'default', workflow, 'u1')).toBe('ana@laptop');
  });

  it('is found of one that a Reset has handed on: the event of its admission has it, that of its acceptance has not', async () => {
    const principal = { type: 'jwt', name: 'whoever-has-reset' };
    const client = clientWith(
      { workflowExecutionUpdateAcceptedEventAttributes: { protocolInstanceId: 'u1' } },
      { workflowExecutionUpdateAdmittedEventAttributes: { request: request('u1', 'ana@laptop') }, principal },
    );

    expect(await callerOf(client, 'default', workflow, 'u1')).toBe('ana@laptop');
  });
});
