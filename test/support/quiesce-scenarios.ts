/** Scenarios of `scenarios.ts` whose plans stop something for the time of the run. */
import { ApplicationFailure } from '@temporalio/common';
import type { QuiesceReport } from '../../src/model/report.ts';
import { type RunView, updateNames, viewQueryName } from '../../src/model/run.ts';
import { acted, aFullPlan, aPlan, aStep, fakeActivities } from './fake-activities.ts';
import { conduct, type Scenario, until, untilState } from './scenario.ts';

const ana = { by: 'ana', reason: 'looked at it' };
const quiesce = [{ kind: 'CronJob', namespaces: ['toy'], optional: false }] as const;

/** What an activity says of the CronJobs of the site: one that ran, one that somebody else had stopped. */
function jobs(state: QuiesceReport['state'], why?: string) {
  const list: readonly QuiesceReport[] = [
    { kind: 'CronJob', namespace: 'toy', name: 'invoices', state, ...(why ? { why } : {}) },
    { kind: 'CronJob', namespace: 'toy', name: 'old-report', state: 'was already' },
  ];
  return acted({ list, total: 2, left: state === 'left quiesced' ? 1 : 0 });
}

const stops = { quiesceSite: async () => jobs('left quiesced') };

/** By the name that a history's file starts with. */
export const quiesceScenarios: { readonly [name: string]: Scenario } = {
  quiesced: (context) => {
    const plan = aFullPlan({ quiesce });
    const { activities } = fakeActivities(plan, { ...stops, putBack: async () => jobs('put back') });
    return conduct(context, activities, async () => undefined);
  },

  // The quiescing itself is held once before; at the end something stays stopped.
  'quiesced-and-aborted': (context) => {
    let looks = 0;
    const plan = aPlan({ databases: [aStep('orders')] }, { quiesce });
    const { activities } = fakeActivities(plan, {
      quiesceSite: async () => {
        looks += 1;
        if (looks === 1) throw ApplicationFailure.nonRetryable('CronJob toy/invoices is not ours', 'Conflict');
        return jobs('left quiesced');
      },
      putBack: async () => jobs('left quiesced', 'a webhook refuses it'),
      awaitStage: async () =>
        acted({ state: 'failed', reason: 'ItemsMissing', message: 'one is missing', retry: 'again' }),
    });
    return conduct(context, activities, async (handle) => {
      await untilState(handle, 'held');
      await handle.executeUpdate(updateNames.retryStep, { args: [{ step: 'quiesce', ...ana }] });
      await until('the step is held', async () => {
        const { holds } = await handle.query<RunView>(viewQueryName);
        return holds.some(({ step }) => step === 'orders');
      });
      await handle.executeUpdate(updateNames.abort, { args: [ana] });
    });
  },
};
