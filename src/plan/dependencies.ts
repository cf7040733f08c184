import type { RawStep } from './entries.ts';
import type { Fault, LineOf, PlanPath } from './language.ts';
import { hint, listed, show } from './words.ts';

/** What is wrong with the `dependsOn` of a plan's steps: unknown names, names of other tiers, cycles. */
export function dependencyFaults(steps: readonly RawStep[], lineOf: LineOf): Fault[] {
  const unknown = steps.flatMap((step) =>
    dependenciesOf(step).flatMap(({ name, path }): Fault[] => {
      if (steps.some((other) => other.tier === step.tier && other.name === name)) return [];
      const elsewhere = steps.find((other) => other.name === name);
      if (elsewhere !== undefined) {
        return [
          {
            path,
            message: `step ${show(name)} is in tier ${elsewhere.tier} (line ${lineOf(elsewhere.path)}), not in ${step.tier}; dependsOn names steps of the same tier, the tiers have their order already`,
          },
        ];
      }
      const beside = steps.flatMap((other) =>
        other.tier === step.tier && other !== step && other.name !== undefined ? [other.name] : [],
      );
      const choices =
        beside.length === 0 ? `tier ${step.tier} has no other step` : `tier ${step.tier} has ${listed(beside)}`;
      return [{ path, message: `unknown step ${show(name)}${hint(name, beside)}; ${choices}` }];
    }),
  );
  return [...unknown, ...cycles(steps)];
}

function dependenciesOf(step: RawStep): { readonly name: string; readonly path: PlanPath }[] {
  const list = step.raw['dependsOn'];
  if (!Array.isArray(list)) return [];
  return list.flatMap((name: unknown, i) =>
    typeof name === 'string' ? [{ name, path: [...step.path, 'dependsOn', i] }] : [],
  );
}

/** Every cycle once, at the step of it that stands first. */
function cycles(steps: readonly RawStep[]): Fault[] {
  const byName = new Map(steps.flatMap((step) => (step.name === undefined ? [] : [[step.name, step] as const])));
  const settled = new Set<RawStep>();
  const faults: Fault[] = [];
  const visit = (step: RawStep, chain: readonly RawStep[]): void => {
    const start = chain.indexOf(step);
    if (start >= 0) {
      const names = [...chain.slice(start), step].map((member) => member.name ?? '');
      faults.push({
        path: [...(chain[start]?.path ?? step.path), 'dependsOn'],
        message: `these steps wait for each other: ${names.join(' → ')}; take one dependsOn out`,
        atKey: true,
      });
      return;
    }
    if (settled.has(step)) return;
    for (const { name } of dependenciesOf(step)) {
      const next = byName.get(name);
      if (next !== undefined && next.tier === step.tier) visit(next, [...chain, step]);
    }
    settled.add(step);
  };
  for (const step of steps) visit(step, []);
  return faults;
}
