import { workflowInfo } from '@temporalio/workflow';
import type { Decision } from '../src/model/report.ts';
import { failedWith } from './failed.ts';
import { brief } from './proxies.ts';
import type { Run } from './run.ts';

/** A decision in the record, with its place there. */
export interface Heard {
  readonly decision: Decision;
  readonly index: number;
  /** Its caller is not known yet, and is read when it is noted. */
  readonly updateId?: string;
  /** Why its caller could not be read. */
  readonly unread?: string;
}

/**
 * Reads who called from Temporal, apart from the note in the ledger: a cluster that is away must not make a caller unknown. What
 * cannot be read is said, and the decision stands without.
 */
export async function identify(
  run: Run,
  { decision, index, updateId }: Heard & { readonly updateId: string },
): Promise<Heard> {
  const { workflowId, runId } = workflowInfo();
  try {
    const { identity } = run.take(await brief.readCaller({ workflow: { workflowId, runId }, updateId }));
    return { decision: { ...decision, ...(identity ? { identity } : {}) }, index };
  } catch (error) {
    const unread = failedWith(error).message;
    const message = `who called for the decision ${decision.kind} by ${decision.by} could not be read: ${unread}`;
    run.record?.findings.push({ severity: 'warn', reason: 'CallerUnread', message });
    return { decision, index, unread };
  }
}
