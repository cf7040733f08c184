/** What the scenarios are made of. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Worker } from '@temporalio/worker';
import type { Report } from '../../src/model/report.ts';
import { recoverSiteType, viewQueryName, type RunView } from '../../src/model/run.ts';
import { crashPlan } from './crash-plan.ts';

/** What a scenario may use. Queue and workflow id are its own. */
export interface ScenarioContext {
  readonly client: Client;
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly workflowId: string;
  /** Milliseconds stay short, so that recording takes seconds. */
  worker(activities: object): Promise<Worker>;
}

/** Drives one run to its end. */
export type Scenario = (context: ScenarioContext) => Promise<void>;

export type RunHandle = WorkflowHandle<(input?: unknown) => Promise<Report>>;

/** Runs one recovery to its end, with somebody who decides. */
export async function conduct(
  context: ScenarioContext,
  activities: object,
  drive: (handle: RunHandle) => Promise<void>,
  type: string = recoverSiteType,
  input: object = { plan: crashPlan.name },
): Promise<void> {
  const worker = await context.worker(activities);
  await worker.runUntil(async () => {
    const handle = await start(context, type, input);
    await drive(handle);
    // A run that was aborted closes as failed: its history is what counts here.
    await handle.result().catch(() => undefined);
  });
}

/** Starts the run. */
export function start(
  { client, taskQueue, workflowId }: ScenarioContext,
  type: string = recoverSiteType,
  input: object = { plan: crashPlan.name },
): Promise<RunHandle> {
  return client.workflow.start(type, { taskQueue, workflowId, args: [input] });
}

/** Until the run's own word is this. */
export async function untilState(handle: RunHandle, state: string): Promise<void> {
  await until(`the run is ${state}`, async () => (await handle.query<RunView>(viewQueryName)).state === state);
}

/** Until something is so; throws after half a minute. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`never came about: ${what}`);
    await sleep(100);
  }
}
