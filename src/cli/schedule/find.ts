/** Schedules of this project, by id or by plan. */
import {
  type Client,
  type ScheduleHandle,
  type ScheduleSummary,
  ScheduleNotFoundError,
  type ScheduleDescription,
} from '@temporalio/client';
import { drillSiteType, recoverSiteType } from '../../model/run.ts';
import { CliError } from '../cli-error.ts';
import { scheduleMemo } from './request.ts';

/** One Schedule as a list shows it. */
export interface ScheduleEntry {
  readonly scheduleId: string;
  readonly plan?: string;
  /** `drill`, `look` or `recovery`; else the workflow's type. */
  readonly what: string;
  /** As it was typed; absent for one that was made in the UI. */
  readonly when?: string;
  readonly paused: boolean;
  readonly note?: string;
  /** ISO 8601. */
  readonly next?: string;
  readonly lastRun?: { readonly workflowId: string; readonly runId: string; readonly at: string };
}

const ours: readonly string[] = [recoverSiteType, drillSiteType];

/** All that start one of our workflows, also those that were made in the UI; by id. */
export async function schedules(client: Client): Promise<readonly ScheduleEntry[]> {
  const found: ScheduleEntry[] = [];
  for await (const summary of client.schedule.list()) {
    const type = summary.action?.workflowType;
    if (type !== undefined && ours.includes(type)) found.push(entryOf(summary, type));
  }
  return found.sort((a, b) => a.scheduleId.localeCompare(b.scheduleId));
}

function entryOf(summary: ScheduleSummary, type: string): ScheduleEntry {
  const memo = summary.memo ?? {};
  const text = (name: 'plan' | 'when' | 'note', value: unknown) =>
    typeof value === 'string' && value !== '' ? { [name]: value } : {};
  const next = summary.state.paused ? undefined : summary.info.nextActionTimes[0];
  const last = summary.info.recentActions.at(-1);
  const what = memo[scheduleMemo.what];
  return {
    scheduleId: summary.scheduleId,
    ...text('plan', memo[scheduleMemo.plan]),
    what: typeof what === 'string' ? what : type,
    ...text('when', memo[scheduleMemo.when]),
    paused: summary.state.paused,
    ...text('note', summary.state.note),
    ...(next === undefined ? {} : { next: next.toISOString() }),
    ...(last === undefined ? {} : { lastRun: runOf(last) }),
  };
}

/** The run that a Schedule has started. */
export function runOf(taken: ScheduleDescription['info']['recentActions'][number]) {
  const { workflowId, firstExecutionRunId } = taken.action.workflow;
  return { workflowId, runId: firstExecutionRunId, at: taken.takenAt.toISOString() };
}

/** The Schedule of this id, or the only one of this plan. Throws a CliError that says what there is instead. */
export async function findSchedule(client: Client, wanted: string): Promise<ScheduleHandle> {
  const handle = client.schedule.getHandle(wanted);
  if (await exists(handle)) return handle;
  const all = await schedules(client);
  const [first, ...others] = all.filter(({ plan }) => plan === wanted);
  if (first !== undefined && others.length === 0) return client.schedule.getHandle(first.scheduleId);
  if (first !== undefined)
    throw new CliError(
      `plan ${wanted} has several Schedules, so say which: ${[first, ...others].map((one) => one.scheduleId).join(', ')}`,
    );
  const known = all.slice(0, 5).map((one) => one.scheduleId);
  throw new CliError(
    `no Schedule is called ${wanted}, and no plan of a Schedule (${known.length === 0 ? 'there is none' : `there are ${known.join(', ')}`}): \`rekindle schedule list\` shows all`,
  );
}

async function exists(handle: ScheduleHandle): Promise<boolean> {
  try {
    await handle.describe();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}
