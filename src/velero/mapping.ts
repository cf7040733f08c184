import type { BackupItem } from '../model/backup.ts';
import { type Plan, stepsOf } from '../model/plan.ts';
import { mapAt } from './fields.ts';

/** Namespaces of the Backup to those that they are restored into. */
export type NamespaceMapping = { readonly [source: string]: string };

/**
 * The mapping of all velero steps together: what a step without one leaves where it is may have been made by an owner
 * that another step has moved. Preflight refuses a plan whose steps disagree.
 */
export function mappingOf(plan: Plan): NamespaceMapping {
  const all: Record<string, string> = {};
  for (const { step } of stepsOf(plan))
    if (step.driver === 'velero') Object.assign(all, mapAt(step.spec, 'namespaceMapping'));
  return all;
}

/** Each namespace that some velero step sends elsewhere, with the first step that does. */
export function mappedBy(
  plan: Plan,
): readonly { readonly source: string; readonly target: string; readonly step: string }[] {
  const seen = new Map<string, { readonly source: string; readonly target: string; readonly step: string }>();
  for (const { step } of stepsOf(plan)) {
    if (step.driver !== 'velero') continue;
    for (const [source, target] of Object.entries(mapAt(step.spec, 'namespaceMapping')))
      if (!seen.has(source)) seen.set(source, { source, target, step: step.name });
  }
  return [...seen.values()];
}

/** Two steps that send one namespace to different places, one sentence each. */
export function disagreements(plan: Plan): readonly string[] {
  const first = new Map(mappedBy(plan).map((mapped) => [mapped.source, mapped]));
  const out: string[] = [];
  for (const { step } of stepsOf(plan)) {
    if (step.driver !== 'velero') continue;
    for (const [source, target] of Object.entries(mapAt(step.spec, 'namespaceMapping'))) {
      const before = first.get(source);
      if (before && before.target !== target)
        out.push(
          `steps ${before.step} and ${step.name} send namespace ${source} to two places, ${before.target} and ${target}: a plan restores a namespace once; write the same namespaceMapping in both`,
        );
    }
  }
  return out;
}

/** Where an item of the Backup stands once it is restored. Cluster-scoped ones stay; a Namespace gets its new name. */
export function landing(mapping: NamespaceMapping, item: BackupItem): BackupItem {
  if (item.resource === 'namespaces') {
    const name = mapping[item.name];
    return name === undefined ? item : { ...item, name };
  }
  const namespace = item.namespace === undefined ? undefined : mapping[item.namespace];
  return namespace === undefined ? item : { ...item, namespace };
}

/** The namespaces of the Backup behind those of the target cluster: how a plan's `namespaces` read for a step with a mapping. */
export function sourcesOf(mapping: NamespaceMapping, namespaces: readonly string[]): readonly string[] {
  const sources = new Map(Object.entries(mapping).map(([source, target]) => [target, source]));
  return [...new Set(namespaces.map((name) => sources.get(name) ?? name))];
}

/** Where the engine and we ourselves live: nothing is restored into these by a mapping. */
const closedNamespaces: readonly string[] = ['rekindle-system', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Why a mapping makes no sense, one sentence; undefined when it does. `included`: the step's own, where it names them. */
export function refusesMapping(mapping: NamespaceMapping, included: readonly string[] | undefined): string | undefined {
  const targets = new Map<string, string>();
  for (const [source, target] of Object.entries(mapping)) {
    if (source === target) return `namespaceMapping sends ${source} to itself: take the line out`;
    if (closedNamespaces.includes(target))
      return `namespaceMapping sends ${source} to ${target}, which is not for sites: name another namespace`;
    const other = targets.get(target);
    if (other !== undefined)
      return `namespaceMapping sends ${other} and ${source} both to ${target}: objects of the same name would meet there; name two namespaces`;
    targets.set(target, source);
    if (included && !included.includes('*') && !included.includes(source))
      return `namespaceMapping names ${source}, which is not among includedNamespaces: add it there, or take the line out`;
    if (mapping[target] === undefined && included?.includes(target))
      return `namespaceMapping sends ${source} to ${target}, which this step also restores as it is: objects of the same name would meet there`;
  }
  return undefined;
}
