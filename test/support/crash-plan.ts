/** The fakes of the scenario in which a worker dies: its waits beat as the real ones do, so that the crash is seen. */
import type { Client } from '@temporalio/client';
import { acting, ReasonTeller } from '../../activities/acting.ts';
import type { Activities } from '../../activities/index.ts';
import { drillFakes } from './drill-fakes.ts';
import { aFullPlan, aPlan, aStep, fakeActivities, rowsAreBack } from './fake-activities.ts';

/** One database behind one volume. */
export const crashPlan = aPlan({
  storage: [aStep('volumes')],
  databases: [aStep('orders', { checks: [rowsAreBack] })],
});

/** A drill that stands as long as its request says. */
export function standingActivities(): Activities {
  return drillFakes(aFullPlan({ drill: { cluster: 'practice', cleanUpMs: 60_000 } })).activities;
}

/** Restores at once. */
export function steadyActivities(identity: string, client: Client): Activities {
  const wait = acting(
    { identity, teller: new ReasonTeller(client) },
    'the engine',
    ({ tier, step }: Parameters<Activities['awaitStage']>[0]) => ({ tier, step }),
    async () => ({ state: 'succeeded' as const, evidence: ['Completed'], notes: [] }),
  );
  return fakeActivities(crashPlan, { awaitStage: wait }).activities;
}

/** Restores the volumes, then waits for the database for ever. */
export function stuckActivities(identity: string, client: Client): Activities {
  const wait = acting(
    { identity, teller: new ReasonTeller(client) },
    'the engine',
    ({ tier, step }: Parameters<Activities['awaitStage']>[0]) => ({ tier, step }),
    async ({ step }, beat) => {
      if (step === 'orders') await new Promise((_resolve, reject) => beat.signal.addEventListener('abort', reject));
      return { state: 'succeeded' as const, evidence: ['Completed'], notes: [] };
    },
  );
  return fakeActivities(crashPlan, { awaitStage: wait }).activities;
}
