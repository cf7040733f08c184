import { drivers } from '../drivers/registry.ts';
import { acts, looks, type Need } from '../kube/needs.ts';
import type { BackupItem } from '../model/backup.ts';
import { stepsOf } from '../model/plan.ts';
import { groupOf } from '../model/verdict.ts';
import { type ActInput, type ActNeed, actNeeds, controlNamespace } from './act-needs.ts';

/** What the needs of a run depend on. */
export interface NeedsInput extends ActInput {
  /** What the plan's checks ask for. */
  readonly checkNeeds: readonly Need[];
  /** Namespace rekindle-system is there, so nobody has to make it. */
  readonly hasControl: boolean;
}

/** What a run of a plan does in its cluster, each thing once: docs/runbook.md says it in words. Pure. */
export function accessNeeds(input: NeedsInput): readonly ActNeed[] {
  const { plan, taken } = input;
  const needs: readonly ActNeed[] = [
    // A Namespace by its name is asked for in itself: a Role there is enough.
    ...acts('', 'namespaces', ['get'], controlNamespace),
    ...(input.hasControl ? [] : acts('', 'namespaces', ['create'])),
    ...acts('coordination.k8s.io', 'leases', ['get', 'create', 'update', 'delete'], controlNamespace),
    ...acts('', 'configmaps', ['get', 'list', 'create', 'patch'], controlNamespace),
    ...(plan.velero ? engineNeeds(plan.velero.namespace) : []),
    ...plan.namespaces.flatMap((namespace) => siteNeeds(namespace)),
    ...taken.flatMap((item) => restoredNeeds(item)),
    ...broughtNeeds(input),
    ...Array.from(stepsOf(plan), ({ step }) => drivers[step.driver].needs?.(step.spec, plan) ?? []).flat(),
    ...input.checkNeeds,
    ...actNeeds(input),
  ];
  const known = new Map<string, ActNeed>();
  for (const need of needs) {
    const key = [need.act, need.verb, need.group, need.resource, need.namespace, need.name].join(' ');
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
    ...['backups', 'backupstoragelocations'].flatMap((resource) => acts(group, resource, ['get', 'list'], namespace)),
    // What of a Backup's data the node agent holds, and what of it came back.
    ...['podvolumebackups', 'podvolumerestores', 'datadownloads'].flatMap((resource) =>
      acts(group, resource, ['list'], namespace),
    ),
    ...acts('apps', 'deployments', ['list'], namespace),
  ];
}

/** What gates read beside the restored objects: the pods behind them, and why these are not ready. */
function siteNeeds(namespace: string): Need[] {
  const reads = ['get', 'list', 'watch'];
  return [
    ...looks('', 'pods', reads, namespace),
    ...looks('', 'events', ['list'], namespace),
    ...looks('', 'pods/log', ['get'], namespace),
    ...looks('apps', 'replicasets', reads, namespace),
    ...looks('discovery.k8s.io', 'endpointslices', reads, namespace),
  ];
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
