import { condition, patched } from '@temporalio/workflow';
import { isLookedAt, misfit } from '../src/model/approvers.ts';
import { formatDuration } from '../src/model/duration.ts';
import type { Approval } from '../src/model/plan.ts';
import type { Decision } from '../src/model/report.ts';
import type { ApproveInput } from '../src/model/request.ts';
import type { ApprovalView } from '../src/model/run.ts';
import type { Heard } from './callers.ts';
import { now, type Taken } from './clock.ts';
import { failedWith, RunFailed } from './failed.ts';
import { brief } from './proxies.ts';
import type { Run } from './run.ts';

/** What was approved, and since when the run waits for it. */
export interface Approvals {
  since?: string;
  /** Those that count, and after them those of which it is not known yet. */
  readonly given: Taken<ApproveInput>[];
  /** How many of them count. */
  counted: number;
  readonly voided: ApprovalView[];
}

const namesTrusted = {
  severity: 'warn',
  reason: 'NamesTrusted',
  message:
    'the plan trusts stated names: nothing vouches for it that those who approved are who they said; what Temporal recorded of them stands beside',
} as const;

/** Waits until as many people have approved as the plan wants, or does what plan or request say instead. */
export async function awaitApproval(run: Run): Promise<void> {
  const { request } = run.known;
  if (request.onApproval === 'abort')
    throw aborted('the plan asks for an approval, and the request says "onApproval": "abort"');
  if (request.onApproval === 'approve') return approveUnasked(run, 'the request', '"onApproval": "approve"');
  const since = now();
  run.approvals.since = since;
  run.enter('awaiting-approval');
  const isApproved = await enoughApproved(run, since);
  delete run.approvals.since;
  run.waitedFor(since, run.approvals.given.at(-1)?.at ?? now());
  if (!isApproved) return withoutApproval(run);
  if (run.known.plan.approval.trustStatedNames) run.known.findings.push(namesTrusted);
  run.show();
  // Histories of before have no such look.
  if (patched('2026-11-plan-file')) await lookAtPlanFile(run);
}

function aborted(message: string): RunFailed {
  return new RunFailed({ reason: 'NotApproved', message, type: 'aborted' });
}

/** Each approval counts only once it is known who really called: phase two waits for that look. */
async function enoughApproved(run: Run, since: string): Promise<boolean> {
  const { approval } = run.known.plan;
  const { given, voided } = run.approvals;
  const counted: Decision[] = [];
  while (counted.length < (approval.people ?? 1)) {
    if (!(await nextGiven(run, counted.length, since))) return false;
    const next = given[counted.length];
    if (!next) return false;
    const { input, at, updateId } = next;
    const heard = await run.hear({ at, kind: 'approve', by: input.by, reason: input.reason }, updateId);
    const isNoted = heard.updateId !== undefined;
    const known = isNoted ? await run.write(heard) : heard.decision;
    const why = misfitOf(approval, { ...heard, decision: known }, counted);
    const decision = why === undefined ? known : { ...known, voided: why };
    if (why === undefined) run.approvals.counted = counted.push(decision);
    else {
      given.splice(counted.length, 1);
      voided.push({ by: input.by, at, voided: why, ...(updateId === undefined ? {} : { update: updateId }) });
    }
    run.show();
    if (!isNoted || why !== undefined) await run.write({ decision, index: heard.index });
  }
  return true;
}

function misfitOf(approval: Approval, { decision, unread }: Heard, counted: readonly Decision[]): string | undefined {
  if (unread !== undefined && isLookedAt(approval, decision.by))
    return `who approved as ${decision.by} could not be read from Temporal: ${unread}; approve once more`;
  return misfit(approval, decision, counted);
}

/** Approvals of which it is not known yet whether they count: who called is still looked at. */
export function lookedAt(run: Run): readonly Taken<ApproveInput>[] {
  const { given, counted } = run.approvals;
  const approval = run.record?.plan.approval;
  return approval ? given.slice(counted).filter(({ input }) => isLookedAt(approval, input.by)) : [];
}

/** Whether there is one more approval, within the time that the plan gives. */
async function nextGiven(run: Run, count: number, since: string): Promise<boolean> {
  const { withinMs } = run.known.plan.approval;
  const isThere = () => run.approvals.given.length > count;
  if (withinMs === undefined) {
    await condition(isThere);
    return true;
  }
  const leftMs = Date.parse(since) + withinMs - Date.now();
  return leftMs > 0 && !isThere() ? condition(isThere, leftMs) : isThere();
}

async function withoutApproval(run: Run): Promise<void> {
  const { withinMs = 0, then = 'abort' } = run.known.plan.approval;
  const why = `nobody approved within ${formatDuration(withinMs)}`;
  if (then === 'abort') throw aborted(why);
  await approveUnasked(run, 'the plan', `${why} (then: approve)`);
}

async function approveUnasked(run: Run, by: string, reason: string): Promise<void> {
  await run.note({ at: now(), kind: 'approve', by, reason }, undefined);
}

/** The plan's file may have changed while people looked: the run keeps its copy, and says so. */
async function lookAtPlanFile(run: Run): Promise<void> {
  const { plan, planSha256, findings } = run.known;
  try {
    const finding = run.take(await brief.lookAtPlanFile({ plan: plan.name, planSha256 }));
    if (finding) findings.push(finding);
  } catch (error) {
    const { message } = failedWith(error);
    findings.push({
      severity: 'info',
      reason: 'PlanFileUnknown',
      message: `whether the plan's file is still as this run carries it could not be seen: ${message}`,
    });
  }
}
