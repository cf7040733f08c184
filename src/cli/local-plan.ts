/** A look at the plan before anything is started, where its file is at hand: sooner and nearer than the worker's answer. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from '../model/plan.ts';
import { CliError } from './cli-error.ts';

/** Throws a CliError with the first issue. A plan that is not here is left to the worker, which has its own folder. */
export async function checkLocally(name: string, plansFolder: string): Promise<Plan | undefined> {
  if (!existsSync(join(plansFolder, `${name}.yaml`))) return undefined;
  const [{ language }, { issueText }, { loadPlanByName }] = await Promise.all([
    import('../language.ts'),
    import('../plan/language.ts'),
    import('../plan/load.ts'),
  ]);
  const loaded = await loadPlanByName(name, plansFolder, language);
  if (!('issues' in loaded)) return loaded.plan;
  const [first, ...others] = loaded.issues;
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : ` (and ${others.length} more: \`rekindle validate ${name}\`)`;
  throw new CliError(`${issueText(first)}${more}`);
}

/** Throws a CliError where a plan has no cluster to be rehearsed on. One that is not here is left to the run, which says the same. */
export function requireDrillCluster(plan: Plan | undefined, instead = ''): void {
  if (plan === undefined || plan.drill !== undefined) return;
  throw new CliError(
    `plan ${plan.name} has no section drill, so there is no cluster to rehearse it on: write spec.drill.cluster${instead}`,
  );
}
