/**
 * The runs whose histories are kept: each drives one recovery over fake activities to its end. `record-history.ts`
 * records them, `test/workflow/replay.test.ts` replays what was recorded.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Worker } from '@temporalio/worker';
import type { Report } from '../../src/model/report.ts';
import { recoverSiteType, updateNames, viewQueryName, type RunView } from '../../src/model/run.ts';
import { acted, aFullPlan, aPlan, aStep, fakeActivities, rowsAreBack } from './fake-activities.ts';
import { crashPlan, steadyActivities } from './crash-plan.ts';

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

type RunHandle = WorkflowHandle<(input?: unknown) => Promise<Report>>;

const ana = { by: 'ana', reason: 'looked at it' };

/** By the name that a history's file starts with. */
export const scenarios: { readonly [name: string]: Scenario } = {
  success: (context) => conduct(context, fakeActivities(aFullPlan()).activities, async () => undefined),

  'held-and-retried': (context) => {
    const plan = aPlan({ databases: [aStep('orders', { checks: [rowsAreBack] }), aStep('catalog')] });
    const { activities } = fakeActivities(plan, {
      awaitStage: async ({ step, generation }) =>
        acted(
          step === 'orders' && generation === 1
            ? { state: 'failed', reason: 'ExistingObject', message: 'it was there before', retry: 'again' }
            : { state: 'succeeded', evidence: ['Completed'], notes: [] },
        ),
    });
    return conduct(context, activities, async (handle) => {
      await untilState(handle, 'held');
      await handle.executeUpdate(updateNames.retryStep, { args: [{ step: 'orders', mode: 'again', ...ana }] });
    });
  },

  'errors-accepted': (context) => {
    const plan = aPlan({ databases: [aStep('orders', { checks: [rowsAreBack] })] });
    const { activities } = fakeActivities(plan, {
      awaitStage: async ({ accepted }) =>
        acted(
          accepted
            ? { state: 'succeeded', evidence: ['PartiallyFailed'], notes: [], exceptions: ['one item is missing'] }
            : { state: 'failed', reason: 'PartiallyFailed', message: 'one item is missing', retry: 'again' },
        ),
    });
    return conduct(context, activities, async (handle) => {
      await untilState(handle, 'held');
      await handle.executeUpdate(updateNames.acceptErrors, { args: [{ step: 'orders', ...ana }] });
    });
  },

  aborted: (context) => {
    const plan = aPlan({ databases: [aStep('orders')] });
    const { activities } = fakeActivities(plan, {
      awaitStage: async () =>
        acted({ state: 'failed', reason: 'PartiallyFailed', message: 'two items are missing', retry: 'again' }),
    });
    return conduct(context, activities, async (handle) => {
      await untilState(handle, 'held');
      await handle.executeUpdate(updateNames.abort, { args: [ana] });
    });
  },

  'awaiting-approval': (context) =>
    conduct(context, fakeActivities(aFullPlan({ approval: { beforePhaseTwo: true } })).activities, async (handle) => {
      await untilState(handle, 'awaiting-approval');
      await handle.executeUpdate(updateNames.approve, { args: [ana] });
    }),

  'worker-crash': async (context) => {
    const script = fileURLToPath(new URL('./crash-worker.ts', import.meta.url));
    const first = spawn(process.execPath, [script, context.address, context.namespace, context.taskQueue], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const gone = once(first, 'exit');
    const handle = await start(context);
    await untilBeating(handle);
    first.kill('SIGKILL');
    await gone;
    const second = await context.worker(steadyActivities('second', context.client));
    const report = await second.runUntil(handle.result());
    if (report.workerCrashes !== 1) throw new Error(`the run saw ${report.workerCrashes} crashes instead of one`);
  },
};

async function conduct(
  context: ScenarioContext,
  activities: object,
  drive: (handle: RunHandle) => Promise<void>,
): Promise<void> {
  const worker = await context.worker(activities);
  await worker.runUntil(async () => {
    const handle = await start(context);
    await drive(handle);
    // A run that was aborted closes as failed: its history is what counts here.
    await handle.result().catch(() => undefined);
  });
}

function start({ client, taskQueue, workflowId }: ScenarioContext): Promise<RunHandle> {
  return client.workflow.start(recoverSiteType, { taskQueue, workflowId, args: [{ plan: crashPlan.name }] });
}

async function untilState(handle: RunHandle, state: string): Promise<void> {
  await until(`the run is ${state}`, async () => (await handle.query<RunView>(viewQueryName)).state === state);
}

/** Until the server has recorded a heartbeat of the wait for the database, in which the first worker is to die. */
async function untilBeating(handle: RunHandle): Promise<void> {
  await until('the wait for the database beats', async () => {
    const { raw } = await handle.describe();
    const beats = (raw.pendingActivities ?? []).flatMap((one) => one.heartbeatDetails?.payloads ?? []);
    return beats.some((beat) => Buffer.from(beat.data ?? []).includes('"step":"orders"'));
  });
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`never came about: ${what}`);
    await sleep(100);
  }
}
