/** Scenarios of `scenarios.ts` in which a run turns off the straight way without a step being held. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { recoverSiteType, updateNames } from '../../src/model/run.ts';
import { acted, aFullPlan, aPlan, aStep, fakeActivities, rowsAreBack } from './fake-activities.ts';
import { conduct, type RunHandle, type Scenario, start, untilState } from './scenario.ts';

const ana = { by: 'ana', reason: 'looked at it' };

/** Drives a run whose looks at many gates at once fail the first time in this scope; somebody retries it. */
function togetherOnce(scope: string): Scenario {
  return (context) => {
    let failed = false;
    const plan = aPlan({ databases: [aStep('orders', { checks: [rowsAreBack] })] });
    const { activities } = fakeActivities(plan, {
      awaitTogether: async (input) => {
        const at = new Date().toISOString();
        if (failed || input.scope !== scope)
          return acted({ passed: true, passedAt: at, heldAt: at, objects: 1, debts: [], exceptions: [], checks: [] });
        failed = true;
        return acted({ passed: false, reason: 'NotHealthy', message: 'it fell', failing: [], checks: [], objects: 1 });
      },
    });
    return conduct(context, activities, async (handle) => {
      await untilState(handle, 'held');
      const step = scope === 'site' ? 'verify' : 'phase-one-gate';
      await handle.executeUpdate(updateNames.retryStep, { args: [{ step, mode: 'again', ...ana }] });
    });
  };
}

export const turningScenarios: { readonly [name: string]: Scenario } = {
  'only-looked': async (context) => {
    const worker = await context.worker(fakeActivities(aFullPlan()).activities);
    const { client, taskQueue, workflowId } = context;
    const input = { plan: 'toy', planOnly: true };
    await worker.runUntil(client.workflow.execute(recoverSiteType, { taskQueue, workflowId, args: [input] }));
  },

  'preflight-held': (context) => {
    let asked = 0;
    const { activities } = fakeActivities(aFullPlan(), {
      preflight: async () => {
        asked += 1;
        if (asked > 1) return acted([]);
        throw ApplicationFailure.nonRetryable('StorageClass fast is missing', 'Blocked', { reason: 'MissingClass' });
      },
    });
    return conduct(context, activities, async (handle) => {
      await untilState(handle, 'held');
      await handle.executeUpdate(updateNames.retryStep, { args: [{ step: 'preflight', ...ana }] });
    });
  },

  'gate-held': togetherOnce('phase one'),

  'verify-held': togetherOnce('site'),

  'lost-attempt': (context) => {
    const { activities } = fakeActivities(aFullPlan(), {
      awaitStage: async ({ step, attempt }) =>
        acted(
          step === 'the-storage' && attempt === 1
            ? { state: 'lost', message: 'Velero died under it' }
            : { state: 'succeeded', evidence: ['Completed'], notes: [] },
        ),
    });
    return conduct(context, activities, async () => undefined);
  },

  'lost-while-paused': (context) => {
    const working = Promise.withResolvers<void>();
    const paused = Promise.withResolvers<void>();
    const { activities } = fakeActivities(aFullPlan(), {
      awaitStage: async ({ step, attempt }) => {
        if (step !== 'the-storage' || attempt > 1)
          return acted({ state: 'succeeded', evidence: ['Completed'], notes: [] });
        working.resolve();
        await paused.promise;
        return acted({ state: 'lost', message: 'Velero died under it' });
      },
    });
    return conduct(context, activities, async (handle) => {
      await working.promise;
      await handle.executeUpdate(updateNames.pause, { args: [ana] });
      await untilState(handle, 'paused');
      paused.resolve();
      await sleep(500);
      await handle.executeUpdate(updateNames.resume, { args: [ana] });
    });
  },

  cancelled: (context) => {
    const { activities } = fakeActivities(aFullPlan({ approval: { beforePhaseTwo: true } }));
    return conduct(context, activities, async (handle: RunHandle) => {
      await untilState(handle, 'awaiting-approval');
      await handle.cancel();
    });
  },

  // The recorder's server finds every history of this one long: what is recorded is the run that took over.
  continued: async (context) => {
    const worker = await context.worker(fakeActivities(aFullPlan()).activities);
    await worker.runUntil(async () => (await start(context)).result());
  },
};
