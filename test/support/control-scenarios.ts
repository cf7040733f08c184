/** Scenarios of `scenarios.ts` in which operators steer a run. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StageOutcome } from '../../activities/steps.ts';
import type { RunReport } from '../../src/model/report.ts';
import { updateNames } from '../../src/model/run.ts';
import { acted, aFullPlan, aPlan, aStep, fakeActivities, rowsAreBack } from './fake-activities.ts';
import { conduct, type Scenario, untilState } from './scenario.ts';

const ana = { by: 'ana', reason: 'looked at it' };
const bo = { by: 'bo', reason: 'seen it too' };

const existing: StageOutcome = { state: 'failed', reason: 'ExistingObject', message: 'it was there', retry: 'again' };
const succeeded: StageOutcome = { state: 'succeeded', evidence: ['Completed'], notes: [] };

/** A database that fails until its second generation. */
function failsOnce(more: Parameters<typeof aPlan>[1] = {}) {
  const plan = aPlan({ databases: [aStep('orders', { checks: [rowsAreBack] }), aStep('catalog')] }, more);
  return fakeActivities(plan, {
    awaitStage: async ({ step, generation }) => acted(step === 'orders' && generation === 1 ? existing : succeeded),
  }).activities;
}

export const controlScenarios: { readonly [name: string]: Scenario } = {
  skipped: (context) =>
    conduct(context, failsOnce(), async (handle) => {
      await untilState(handle, 'held');
      await handle.executeUpdate(updateNames.skipStep, { args: [{ step: 'orders', confirm: 'orders', ...ana }] });
    }),

  'set-aside': (context) =>
    conduct(context, failsOnce(), async (handle) => {
      await untilState(handle, 'held');
      const how = { mode: 'setAside', confirm: 'orders', timeout: '40m' };
      await handle.executeUpdate(updateNames.retryStep, { args: [{ step: 'orders', ...how, ...ana }] });
    }),

  paused: (context) =>
    conduct(context, failsOnce(), async (handle) => {
      await untilState(handle, 'held');
      await handle.executeUpdate(updateNames.pause, { args: [ana] });
      await handle.executeUpdate(updateNames.retryStep, { args: [{ step: 'orders', ...ana }] });
      await untilState(handle, 'paused');
      await sleep(300);
      await handle.executeUpdate(updateNames.resume, { args: [bo] });
    }),

  'aborted-with-undo': (context) =>
    conduct(context, failsOnce(), async (handle) => {
      await untilState(handle, 'held');
      await handle.executeUpdate(updateNames.abort, { args: [{ ...ana, undo: true }] });
    }),

  'nobody-decided': (context) => conduct(context, failsOnce({ holds: { withinMs: 1000 } }), async () => undefined),

  'nobody-approved': (context) => {
    const approval = { beforePhaseTwo: true, withinMs: 1000, then: 'approve' } as const;
    return conduct(context, fakeActivities(aFullPlan({ approval })).activities, async () => undefined);
  },

  'two-people': (context) => {
    const approvers = [{ name: 'ana', identity: 'ana@corp' }, { name: 'bo' }];
    const approval = { beforePhaseTwo: true, approvers, people: 2, trustStatedNames: false };
    const callers = ['eve@laptop', 'bo', 'ana@corp'];
    let voided = false;
    const { activities } = fakeActivities(aFullPlan({ approval }), {
      readCaller: async () => acted({ identity: callers.shift() ?? 'nobody' }),
      noteDecision: async ({ decision }) => {
        if (decision.voided !== undefined) voided = true;
        return acted(decision);
      },
    });
    return conduct(context, activities, async (handle) => {
      await untilState(handle, 'awaiting-approval');
      await handle.executeUpdate(updateNames.approve, { args: [ana] });
      while (!voided) await sleep(100);
      await handle.executeUpdate(updateNames.approve, { args: [bo] });
      await handle.executeUpdate(updateNames.approve, { args: [ana] });
    });
  },

  resumed: (context) => {
    const plan = aPlan({ databases: [aStep('orders', { checks: [rowsAreBack] })] });
    const before = '2026-11-20T03:00:00.000Z';
    const first: RunReport = {
      workflowId: 'lost',
      runId: 'lost-1',
      startedAt: before,
      endedAt: before,
      outcome: 'interrupted',
    };
    const took = { engineMs: 1000, gateMs: 100, settleMs: 10, attempts: 1 };
    const { activities } = fakeActivities(plan, {
      lockSite: async () =>
        acted({
          firstWriteAt: before,
          steps: { orders: { generation: 2, attempt: 1, startedAt: before, doneAt: before, took } },
          earlier: [],
          firstDecision: 0,
          before: { runs: [first], crashes: [], stretches: [], lastSeenAt: before },
        }),
    });
    return conduct(context, activities, async () => undefined);
  },
};
