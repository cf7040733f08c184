/** Fake activities that load a plan as a drill does. */
import { drilledPlan } from '../../src/model/drill.ts';
import type { Plan } from '../../src/model/plan.ts';
import { parseDrillRequest } from '../../src/recovery/drill-request.ts';
import { acted, type Fakes, fakeActivities } from './fake-activities.ts';

/** The plan's drill over fakes; `changes` replaces single ones. */
export function drillFakes(plan: Plan, changes: Parameters<typeof fakeActivities>[1] = {}): Fakes {
  const drilled = drilledPlan(plan) ?? plan;
  const usual = fakeActivities(drilled).activities;
  return fakeActivities(drilled, {
    loadPlan: async ({ input, chain }) => {
      const loaded = await usual.loadPlan({ input: { plan: plan.name }, chain });
      return acted({ ...loaded.value, request: parseDrillRequest(input) });
    },
    ...changes,
  });
}
