/** Fake activities that load a plan as a drill does. */
import { ApplicationFailure } from '@temporalio/common';
import { drilledPlan } from '../../src/model/drill.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { RecoverRequest } from '../../src/model/request.ts';
import type { LedgerRun } from '../../src/recovery/ledger.ts';
import { parseDrillRequest } from '../../src/recovery/drill-request.ts';
import { acted, type Fakes, fakeActivities } from './fake-activities.ts';

/** The plan's drill over fakes; `changes` replaces single ones. */
export function drillFakes(plan: Plan, changes: Parameters<typeof fakeActivities>[1] = {}): Fakes {
  const drilled = drilledPlan(plan) ?? plan;
  const usual = fakeActivities(drilled).activities;
  return fakeActivities(drilled, {
    loadPlan: async ({ input, chain }) => {
      const loaded = await usual.loadPlan({ input: { plan: plan.name }, chain });
      const request = requestOf(input);
      return acted({ ...loaded.value, request, ...leftDrill(drilled, request) });
    },
    ...changes,
  });
}

function requestOf(input: unknown): RecoverRequest {
  try {
    return parseDrillRequest(input);
  } catch (error) {
    throw ApplicationFailure.nonRetryable(error instanceof Error ? error.message : String(error), 'RequestInvalid');
  }
}

/** When the drill began whose remains the fakes know. */
export const leftDrillStartedAt = '2026-11-20T03:00:00.000Z';

/** The drill that a clean-up is about, as its ledger would have it. */
function leftDrill(plan: Plan, { drill }: RecoverRequest) {
  if (!drill?.cleanUp) return {};
  const recovery = drill.cleanUp.of;
  const run: LedgerRun = {
    recovery,
    site: plan.site,
    plan: plan.name,
    planSha256: 'sha',
    cluster: { context: plan.cluster, uid: 'uid-1' },
    startedAt: leftDrillStartedAt,
    disasterAt: leftDrillStartedAt,
    disasterAtIs: 'the start',
    workflow: { namespace: 'default', workflowId: 'the-drill', runId: 'terminated' },
    mode: 'drill',
    namespacesBefore: [],
  };
  return { recovery, resumed: { run, context: plan.cluster } };
}
