import { acts, looks, type Need } from '../kube/needs.ts';
import type { BackupItem } from '../model/backup.ts';
import { type Check, type Plan, stepsOf } from '../model/plan.ts';
import { groupOf } from '../model/verdict.ts';
import { controlNamespace as control } from '../recovery/names.ts';
import type { Brought } from './survey.ts';

/** What the needs of a run depend on beside its plan. */
export interface NeedsInput {
  readonly plan: Plan;
  /** What steps take out of the Backup, where it lands. */
  readonly taken: readonly BackupItem[];
  readonly brought: readonly Brought[];
  /** The plurals of what is brought, by `apiVersion kind`. */
  readonly plurals: ReadonlyMap<string, string>;
  /** Namespace rekindle-system is there, so nobody has to make it. */
  readonly hasControl: boolean;
}

/** What a run of a plan does in its cluster, each thing once: docs/runbook.md says it in words. Pure. */
export function accessNeeds(input: NeedsInput): readonly Need[] {
  const { plan, taken } = input;
  const needs = [
    // A Namespace by its name is asked for in itself: a Role there is enough.
    ...acts('', 'namespaces', ['get'], control),
    ...(input.hasControl ? [] : acts('', 'namespaces', ['create'])),
    ...acts('coordination.k8s.io', 'leases', ['get', 'create', 'update', 'delete'], control),
    ...acts('', 'configmaps', ['get', 'list', 'create', 'patch'], control),
    ...(plan.velero ? engineNeeds(plan.velero.namespace) : []),
    ...plan.namespaces.flatMap((namespace) => siteNeeds(plan, namespace)),
    ...taken.flatMap((item) => restoredNeeds(item)),
    ...broughtNeeds(input),
  ];
  const known = new Map<string, Need>();
  for (const need of needs) {
    const key = [need.verb, need.group, need.resource, need.namespace].join(' ');
    if (need.vital || !known.has(key)) known.set(key, need);
  }
  return [...known.values()];
}

function engineNeeds(namespace: string): Need[] {
  const group = 'velero.io';
  return [
    ...acts(group, 'restores', ['get', 'list', 'create'], namespace),
    ...acts(group, 'downloadrequests', ['get', 'create'], namespace),
    // Velero removes them too, after ten minutes.
    ...looks(group, 'downloadrequests', ['delete'], namespace),
    ...['backups', 'backupstoragelocations', 'datadownloads', 'podvolumerestores'].flatMap((resource) =>
      acts(group, resource, ['get', 'list'], namespace),
    ),
    ...acts('apps', 'deployments', ['list'], namespace),
  ];
}

/** What gates and checks read beside the restored objects: the pods behind them, and why these are not ready. */
function siteNeeds(plan: Plan, namespace: string): Need[] {
  const types = new Set(checksOf(plan).map(({ type }) => type));
  const reads = ['get', 'list', 'watch'];
  return [
    ...looks('', 'pods', reads, namespace),
    ...looks('', 'events', ['list'], namespace),
    ...looks('', 'pods/log', ['get'], namespace),
    ...looks('apps', 'replicasets', reads, namespace),
    ...looks('discovery.k8s.io', 'endpointslices', reads, namespace),
    ...(types.has('exec') ? acts('', 'pods/exec', ['create'], namespace) : []),
    ...(types.has('httpGet') || types.has('tcpSocket') ? acts('', 'services/proxy', ['get'], namespace) : []),
  ];
}

function checksOf(plan: Plan): readonly Check[] {
  return [...Array.from(stepsOf(plan), ({ step }) => step.checks).flat(), ...plan.verify];
}

/** Restored by Velero, so only looked at by us: without `watch` a gate asks again and again instead. */
function restoredNeeds(item: BackupItem): Need[] {
  const [plural = ''] = item.resource.split('.');
  const { apiVersion, namespace } = item;
  return [
    ...acts(groupOf(apiVersion), plural, ['get', 'list'], namespace),
    ...looks(groupOf(apiVersion), plural, ['watch'], namespace),
    // Who answers for a Service stands in its slices alone.
    ...(item.resource === 'services' ? acts('discovery.k8s.io', 'endpointslices', ['list'], namespace) : []),
  ];
}

function broughtNeeds({ brought, plurals }: NeedsInput): Need[] {
  return brought.flatMap(({ objects }) =>
    objects.flatMap(({ apiVersion, kind, metadata: { namespace } }) => {
      const plural = plurals.get(`${apiVersion} ${kind}`);
      if (!plural) return [];
      return [
        ...acts(groupOf(apiVersion), plural, ['get', 'list', 'create', 'patch'], namespace),
        ...looks(groupOf(apiVersion), plural, ['watch'], namespace),
      ];
    }),
  );
}
