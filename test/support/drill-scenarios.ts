/** Runs of `drillSite` whose histories are kept. */
import { drillSiteType, updateNames } from '../../src/model/run.ts';
import { drillFakes } from './drill-fakes.ts';
import { acted, aFullPlan, aPlan, aStep } from './fake-activities.ts';
import { conduct, type Scenario, untilState } from './scenario.ts';

const ana = { by: 'ana', reason: 'looked at it' };
const drill = { cluster: 'practice', cleanUpMs: 60_000 };

/** By the name that a history's file starts with. */
export const drillScenarios: { readonly [name: string]: Scenario } = {
  'drill-stood': (context) => {
    const { activities } = drillFakes(aFullPlan({ drill: { ...drill, keepForMs: 3_600_000 } }));
    return conduct(
      context,
      activities,
      async (handle) => {
        await untilState(handle, 'standing');
        await handle.executeUpdate(updateNames.cleanUp, { args: [ana] });
      },
      drillSiteType,
    );
  },

  'drill-cancelled': (context) => {
    const { activities } = drillFakes(
      aPlan({ databases: [aStep('orders')] }, { drill: { ...drill, keepForMs: 3_600_000 } }),
      {
        awaitStage: async () =>
          acted({ state: 'failed', reason: 'ItemsMissing', message: 'one is missing', retry: 'again' }),
      },
    );
    return conduct(
      context,
      activities,
      async (handle) => {
        await untilState(handle, 'standing');
        await handle.cancel();
      },
      drillSiteType,
    );
  },

  'drill-left': (context) => {
    const plan = aFullPlan({
      drill,
      quiesce: [{ kind: 'CronJob', namespaces: ['toy'], names: ['mails'], optional: false }],
    });
    const { activities } = drillFakes(plan);
    const input = { cleanUp: 'toy-abcdefgh', ...ana };
    return conduct(context, activities, async () => undefined, drillSiteType, input);
  },

  'drill-left-held': (context) => {
    const left = { kind: 'Namespace', name: 'toy', why: 'is being deleted, held by finalizer example.org/hold' };
    const { activities } = drillFakes(aFullPlan({ drill }), {
      cleanUpDrill: async () => acted({ clean: false, left: [left], leftCut: 0, seconds: 60, notes: [] }),
    });
    return conduct(context, activities, async () => undefined, drillSiteType, { cleanUp: 'toy-abcdefgh' });
  },
};
