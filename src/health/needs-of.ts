import type { Need } from '../kube/needs.ts';
import { type Check, type Plan, stepsOf } from '../model/plan.ts';
import type { HealthCheck } from './check.ts';
import { checks } from './checks/registry.ts';

/** What the login must be allowed for the checks of a plan. Pure. */
export function needsOfChecks(plan: Plan): readonly Need[] {
  const all = [...Array.from(stepsOf(plan), ({ step }) => step.checks).flat(), ...plan.verify];
  return all.flatMap((check) => needsOf(check, plan.namespaces[0] ?? 'default'));
}

function needsOf({ type, spec }: Check, home: string): readonly Need[] {
  const check: HealthCheck = checks[type];
  return check.needs?.(spec, home) ?? [];
}
