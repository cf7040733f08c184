/**
 * The runs whose histories are kept: each drives one recovery over fake activities to its end. `record-history.ts`
 * records them, `test/workflow/replay.test.ts` replays what was recorded.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { updateNames } from '../../src/model/run.ts';
import { acted, aFullPlan, aPlan, aStep, fakeActivities, rowsAreBack } from './fake-activities.ts';
import { controlScenarios } from './control-scenarios.ts';
import { drillScenarios } from './drill-scenarios.ts';
import { quiesceScenarios } from './quiesce-scenarios.ts';
import { steadyActivities } from './crash-plan.ts';
import { turningScenarios } from './turning-scenarios.ts';
import { conduct, type RunHandle, type Scenario, start, until, untilState } from './scenario.ts';

const ana = { by: 'ana', reason: 'looked at it' };

/** By the name that a history's file starts with. */
export const scenarios: { readonly [name: string]: Scenario } = {
  ...controlScenarios,
  ...drillScenarios,
  ...turningScenarios,
  ...quiesceScenarios,

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

/** Until the server has recorded a heartbeat of the wait for the database, in which the first worker is to die. */
async function untilBeating(handle: RunHandle): Promise<void> {
  await until('the wait for the database beats', async () => {
    const { raw } = await handle.describe();
    const beats = (raw.pendingActivities ?? []).flatMap((one) => one.heartbeatDetails?.payloads ?? []);
    return beats.some((beat) => Buffer.from(beat.data ?? []).includes('"step":"orders"'));
  });
}
