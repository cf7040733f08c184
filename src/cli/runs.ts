/** Finding recoveries in Temporal, by workflow id or by recovery id. */
import {
  type Client,
  type WorkflowExecutionInfo,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { lookOnlyMemo } from '../model/look.ts';
import { drillSiteType, recoverSiteType, searchAttributeNames } from '../model/run.ts';
import { CliError } from './cli-error.ts';

/** What the verbs find: recoveries, and drills, which are watched and decided in the same way. */
const runTypes: readonly string[] = [recoverSiteType, drillSiteType];
const ofRuns = `WorkflowType IN (${runTypes.map((type) => `'${type}'`).join(', ')})`;

/** One recovery or drill as Temporal's list shows it. */
export interface RunEntry {
  readonly workflowId: string;
  readonly runId: string;
  readonly recovery?: string;
  readonly site?: string;
  readonly plan?: string;
  readonly state?: string;
  readonly tier?: string;
  readonly status: string;
  readonly startedAt: string;
  /** `recoverSite` or `drillSite`. */
  readonly type: string;
}

// Older runs are found by their workflow id; a list of thousands helps nobody.
const listLimit = 500;

/** Runs that are open, newest first. */
export function openRuns(client: Client): Promise<RunEntry[]> {
  return list(client, `${ofRuns} AND ExecutionStatus = 'Running'`);
}

/** Recoveries, or drills, of a plan that have ended, newest first. By the memo, which every run has; search attributes may not be there. */
export async function closedRuns(client: Client, plan: string, isDrill: boolean): Promise<RunEntry[]> {
  const ended = `WorkflowType = '${isDrill ? drillSiteType : recoverSiteType}' AND ExecutionStatus IN ('Completed', 'Failed')`;
  return (await list(client, ended)).filter((entry) => entry.plan === plan);
}

async function list(client: Client, query: string): Promise<RunEntry[]> {
  const found: RunEntry[] = [];
  for await (const info of client.workflow.list({ query })) {
    if (info.memo?.[lookOnlyMemo.lookOnly] === true) continue;
    found.push(entryOf(info));
    if (found.length >= listLimit) break;
  }
  return found.sort((a, b) => b.startedAt.localeCompare(a.startedAt));
}

function entryOf(info: WorkflowExecutionInfo): RunEntry {
  const memo = info.memo ?? {};
  const attribute = (name: string): unknown =>
    info.typedSearchAttributes.getAll().find(({ key }) => key.name === name)?.value;
  const text = (name: keyof RunEntry, value: unknown) =>
    typeof value === 'string' && value !== '' ? { [name]: value } : {};
  return {
    workflowId: info.workflowId,
    runId: info.runId,
    ...text('recovery', memo.recovery),
    ...text('site', memo.site ?? attribute(searchAttributeNames.site)),
    ...text('plan', memo.plan ?? attribute(searchAttributeNames.plan)),
    ...text('state', attribute(searchAttributeNames.state)),
    ...text('tier', attribute(searchAttributeNames.tier)),
    status: info.status.name,
    startedAt: info.startTime.toISOString(),
    type: info.type,
  };
}

/**
 * The run that a person means: by workflow id, by recovery id (open or closed), or, when nothing is said, the only
 * open one. Throws a CliError that says what there is instead.
 */
export async function findRun(client: Client, wanted: string | undefined): Promise<WorkflowHandle> {
  if (wanted === undefined) return theOnlyOpenRun(client);
  const handle = client.workflow.getHandle(wanted);
  if (await exists(handle)) return handle;
  const all = await list(client, ofRuns);
  const matches = all.filter((entry) => entry.recovery === wanted);
  const match = matches.find((entry) => entry.status === 'RUNNING') ?? matches[0];
  if (match !== undefined) return client.workflow.getHandle(match.workflowId, match.runId);
  const open = all.filter((entry) => entry.status === 'RUNNING').map(nameOf);
  const hint = open.length === 0 ? 'no recovery is open' : `open: ${open.slice(0, 5).join(', ')}`;
  throw new CliError(
    `no recovery and no workflow is called ${wanted} (${hint}): \`rekindle status\` lists what is open`,
  );
}

/** Runs of drills that a person means by workflow id, by recovery id or by site, newest first. */
export async function drillsCalled(client: Client, wanted: string): Promise<readonly RunEntry[]> {
  const all = await list(client, `WorkflowType = '${drillSiteType}'`);
  return all.filter(({ recovery, site, workflowId }) => [recovery, site, workflowId].includes(wanted));
}

/** All runs that Temporal still knows of one recovery, or under one workflow id, newest first. */
export async function runsOf(client: Client, wanted: string): Promise<readonly RunEntry[]> {
  const all = await list(client, ofRuns);
  return all.filter(({ recovery, workflowId }) => [recovery, workflowId].includes(wanted));
}

async function exists(handle: WorkflowHandle): Promise<boolean> {
  try {
    const { type } = await handle.describe();
    if (runTypes.includes(type)) return true;
    throw new CliError(`workflow ${handle.workflowId} is a ${type}, not a recovery (${recoverSiteType})`);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function theOnlyOpenRun(client: Client): Promise<WorkflowHandle> {
  const [first, ...others] = await openRuns(client);
  if (first === undefined)
    throw new CliError(
      'no recovery is open: start one with `rekindle recover PLAN`, or name a closed one by its recovery id',
    );
  if (others.length === 0) return client.workflow.getHandle(first.workflowId, first.runId);
  throw new CliError(
    `${others.length + 1} recoveries are open, so say which: ${[first, ...others].slice(0, 5).map(nameOf).join(', ')}`,
  );
}

function nameOf(entry: RunEntry): string {
  return entry.recovery ?? entry.workflowId;
}
