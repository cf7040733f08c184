import type { BackupItem } from '../model/backup.ts';
import type { JsonObject } from '../model/json.ts';
import type { Plan } from '../model/plan.ts';
import type { TierName } from '../model/tiers.ts';
import { defaultResources } from './defaults.ts';
import { fullName, isPattern, namesKind, volumeResources } from './kinds.ts';
import { sourcesOf } from './mapping.ts';
import { neverRestored, neverResources, ownedResources } from './never.ts';
import { type LabelSelector, selects } from './selector.ts';
import type { VeleroSpec } from './spec.ts';

/** A step's filter with the tier's default and the plan's namespaces merged in. */
export interface Filter {
  /** Names as written; empty = every kind that is not excluded. */
  readonly includedResources: readonly string[];
  readonly excludedResources: readonly string[];
  /** `*` = every namespace. */
  readonly includedNamespaces: readonly string[];
  readonly excludedNamespaces: readonly string[];
  /** null: only what restored objects drag along, where namespaces are named. */
  readonly includeClusterResources: boolean | null;
  /** Any of them; empty = no selection by label. */
  readonly selectors: readonly LabelSelector[];
  /** Whether pods come with the controllers that own them. */
  readonly takesOwnedPods: boolean;
  /** Whether the Namespace objects of the included namespaces count as taken: Velero makes them with the first object in them. */
  readonly takesNamespaces: boolean;
}

/** Merges a step's spec with the default of its tier and the plan's namespaces. Pure. */
export function filterOf(tier: TierName, spec: VeleroSpec, plan: Pick<Plan, 'namespaces' | 'velero'>): Filter {
  const own = spec.includedResources?.filter((name) => name !== '*');
  const everyKind = spec.includedResources !== undefined && own?.length === 0;
  const takesOwnedPods = spec.includeOwnedPods === true;
  const included = everyKind ? [] : withPods(takesOwnedPods, withVolumes(own ?? defaultResources(tier)));
  const includedNamespaces = spec.includedNamespaces ?? sourcesOf(spec.namespaceMapping ?? {}, plan.namespaces);
  const namesNamespaces = included.some(isNamespaces);
  const onlyNamespaces = namesNamespaces && included.every(isNamespaces);
  const selectors = selectorsOf(spec);
  const ofTheNames: LabelSelector = {
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: [...includedNamespaces] }],
  };
  return {
    includedResources: onlyNamespaces ? included : included.filter((name) => !isNamespaces(name)),
    excludedResources: excludedOf(spec, included, everyKind && takesOwnedPods),
    includedNamespaces,
    excludedNamespaces: [
      ...(spec.excludedNamespaces ?? []),
      ...(includedNamespaces.includes('*') ? ['rekindle-system', plan.velero?.namespace ?? 'velero'] : []),
    ],
    includeClusterResources: spec.includeClusterResources ?? defaultScope(included),
    selectors: onlyNamespaces && selectors.length === 0 && !includedNamespaces.includes('*') ? [ofTheNames] : selectors,
    takesOwnedPods,
    takesNamespaces: !onlyNamespaces && (namesNamespaces || (tier === 'namespaces' && selectors.length === 0)),
  };
}

function isNamespaces(name: string): boolean {
  return fullName(name) === 'namespaces';
}

function selectorsOf(spec: VeleroSpec): readonly LabelSelector[] {
  return spec.labelSelector ? [spec.labelSelector] : (spec.orLabelSelectors ?? []);
}

/** A claim comes with its volume, its snapshot and the content. */
function withVolumes(names: readonly string[]): readonly string[] {
  if (!names.some((name) => fullName(name) === 'persistentvolumeclaims')) return names;
  return [...names, ...volumeResources.filter((resource) => !names.some((name) => fullName(name) === resource))];
}

/** A Deployment's pods belong to its ReplicaSets, which it takes over by their labels: both or none. */
function withPods(takesOwnedPods: boolean, names: readonly string[]): readonly string[] {
  const pods = ['pods', 'replicasets.apps'];
  return takesOwnedPods && names.length > 0
    ? [...names, ...pods.filter((resource) => !names.some((name) => fullName(name) === resource))]
    : names;
}

function excludedOf(spec: VeleroSpec, included: readonly string[], everyPod: boolean): readonly string[] {
  const unless = included.length > 0 && included.some((name) => fullName(name) === 'persistentvolumeclaims');
  const volumes = unless ? [] : volumeResources;
  const out = new Set([
    ...(spec.excludedResources ?? []).map(fullName),
    ...neverResources,
    ...ownedResources,
    ...volumes,
  ]);
  // Velero refuses a name that stands in both lists.
  for (const name of [...included, ...(everyPod ? ['pods', 'replicasets.apps'] : [])]) out.delete(fullName(name));
  return [...out];
}

/**
 * Whether cluster-scoped objects come back where a step does not say. Kinds that are named are meant; but of volumes
 * only those that a restored claim drags along, else those of every other namespace would come too. Left null Velero
 * skips what is cluster-scoped as soon as namespaces are named.
 */
function defaultScope(included: readonly string[]): boolean | null {
  if (included.length === 0) return null;
  return included.some((name) => volumeResources.some((resource) => resource === fullName(name))) ? null : true;
}

/** Whether Velero would restore an item of the Backup by this filter. Pure; the rules are of 1.18.3, pkg/restore/restore.go. */
export function takes(filter: Filter, item: BackupItem): boolean {
  if (neverRestored(item, filter.takesOwnedPods)) return false;
  if (item.resource === 'namespaces' && filter.takesNamespaces) return namespaceTaken(filter, item.name);
  if (!kindTaken(filter, item) || !inScope(filter, item)) return false;
  return filter.selectors.length === 0 || filter.selectors.some((selector) => selects(selector, item.labels));
}

/** What a drill only judges of what a step would restore. Pure. */
export function judgedBy(filter: Filter, items: readonly BackupItem[]): readonly BackupItem[] {
  return items.filter((item) => item.judgedOnly === true && takes(filter, { ...item, judgedOnly: false }));
}

/** Answers by filter and kind: a Backup has many objects of few kinds. */
const kindAnswers = new WeakMap<Filter, Map<string, boolean>>();

function kindTaken(filter: Filter, item: BackupItem): boolean {
  const answers = kindAnswers.get(filter) ?? new Map<string, boolean>();
  kindAnswers.set(filter, answers);
  const known = answers.get(item.resource);
  if (known !== undefined) return known;
  const { includedResources: included, excludedResources: excluded } = filter;
  const named = included.length === 0 || included.some((name) => namesKind(name, item));
  const answer = named && !excluded.some((name) => namesKind(name, item));
  answers.set(item.resource, answer);
  return answer;
}

function namespaceTaken(filter: Filter, name: string): boolean {
  if (filter.excludedNamespaces.includes(name)) return false;
  return filter.includedNamespaces.includes('*') || filter.includedNamespaces.includes(name);
}

function inScope(filter: Filter, item: BackupItem): boolean {
  if (item.namespace !== undefined) return namespaceTaken(filter, item.namespace);
  if (filter.includeClusterResources !== null) return filter.includeClusterResources;
  if (filter.includedNamespaces.includes('*') && filter.excludedNamespaces.length === 0) return true;
  return item.of !== undefined && namespaceTaken(filter, item.of.namespace);
}

/** A resource name that means more than one kind of the Backup. */
export interface Ambiguity {
  readonly written: string;
  readonly means: readonly string[];
}

/**
 * The names as they go into a Restore: in full, by what the Backup holds, so that nothing depends on which kinds the
 * cluster serves at that moment (a kind whose CRD is not there yet is matched by its full name only).
 */
export function resolveNames(
  names: readonly string[],
  items: readonly Pick<BackupItem, 'resource' | 'kind'>[],
): { readonly resources: readonly string[]; readonly ambiguous: readonly Ambiguity[] } {
  const resources = new Set<string>();
  const ambiguous: Ambiguity[] = [];
  for (const written of names) {
    const means = [...new Set(items.filter((item) => namesKind(written, item)).map((item) => item.resource))];
    if (means.length > 1 && !isPattern(written)) ambiguous.push({ written, means });
    if (means.length === 0 && !isPattern(written)) means.push(fullName(written));
    for (const resource of means) resources.add(resource);
  }
  return { resources: [...resources].toSorted(), ambiguous };
}

/** The `spec` of the Velero Restore that carries a filter out. Pure: the same step gives the same spec. */
export function restoreSpec(
  filter: Filter,
  spec: VeleroSpec,
  backup: string,
  items: readonly BackupItem[],
): JsonObject {
  const included = resolveNames(filter.includedResources, items).resources;
  const excluded = [...new Set(filter.excludedResources)].filter((name) => !included.includes(name)).toSorted();
  const [first, ...rest] = filter.selectors;
  return {
    backupName: backup,
    includedNamespaces: [...filter.includedNamespaces],
    ...(filter.excludedNamespaces.length > 0 ? { excludedNamespaces: [...filter.excludedNamespaces] } : {}),
    ...(included.length > 0 ? { includedResources: included } : {}),
    excludedResources: excluded,
    ...(filter.includeClusterResources === null ? {} : { includeClusterResources: filter.includeClusterResources }),
    ...(first && rest.length === 0 ? { labelSelector: first } : {}),
    ...(rest.length > 0 ? { orLabelSelectors: [...filter.selectors] } : {}),
    ...wayOf(spec),
  };
}

/** How the objects are restored, as far as the Restore itself says it. */
function wayOf(spec: VeleroSpec): JsonObject {
  const { namespaceMapping, restoreStatus, hooks, preserveNodePorts, itemOperationTimeout } = spec;
  const names = (written: readonly string[]): string[] => written.map(fullName);
  return {
    ...(namespaceMapping ? { namespaceMapping } : {}),
    ...(restoreStatus
      ? {
          restoreStatus: {
            includedResources: names(restoreStatus.includedResources),
            ...(restoreStatus.excludedResources ? { excludedResources: names(restoreStatus.excludedResources) } : {}),
          },
        }
      : {}),
    ...(hooks ? { hooks: { resources: hooks } } : {}),
    ...(preserveNodePorts === undefined ? {} : { preserveNodePorts }),
    ...(itemOperationTimeout ? { itemOperationTimeout } : {}),
  };
}
