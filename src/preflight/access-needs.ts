import type { Access } from '../kube/types.ts';
import type { BackupItem } from '../model/backup.ts';
import { type Check, type Plan, stepsOf } from '../model/plan.ts';
import { groupOf } from '../model/verdict.ts';
import type { Brought } from './survey.ts';

const control = 'rekindle-system';

/** What a run of a plan does in its cluster, each thing once: docs/runbook.md says it in words. Pure. */
export function accessNeeds(
  plan: Plan,
  taken: readonly BackupItem[],
  brought: readonly Brought[],
  plurals: ReadonlyMap<string, string>,
): readonly Access[] {
  const needs = [
    ...of('', 'namespaces', ['get', 'create']),
    ...of('coordination.k8s.io', 'leases', ['get', 'create', 'update', 'delete'], control),
    ...of('', 'configmaps', ['get', 'list', 'create', 'patch'], control),
    ...(plan.velero ? engineNeeds(plan.velero.namespace) : []),
    ...plan.namespaces.flatMap((namespace) => siteNeeds(plan, namespace)),
    ...taken.flatMap((item) => restoredNeeds(item)),
    ...brought.flatMap(({ objects }) =>
      objects.flatMap(({ apiVersion, kind, metadata }) => {
        const plural = plurals.get(`${apiVersion} ${kind}`);
        return plural
          ? of(groupOf(apiVersion), plural, ['get', 'list', 'watch', 'create', 'patch'], metadata.namespace)
          : [];
      }),
    ),
  ];
  return [...new Map(needs.map((access) => [Object.values(access).join(' '), access])).values()];
}

function of(group: string, resource: string, verbs: readonly string[], namespace?: string): Access[] {
  return verbs.map((verb) => ({ verb, group, resource, ...(namespace ? { namespace } : {}) }));
}

function engineNeeds(namespace: string): Access[] {
  const group = 'velero.io';
  return [
    ...of(group, 'restores', ['get', 'list', 'create'], namespace),
    ...of(group, 'downloadrequests', ['get', 'create', 'delete'], namespace),
    ...['backups', 'backupstoragelocations', 'datadownloads', 'podvolumerestores'].flatMap((resource) =>
      of(group, resource, ['get', 'list'], namespace),
    ),
    ...of('apps', 'deployments', ['list'], namespace),
  ];
}

/** What gates and checks read beside the restored objects: the pods behind them, and why these are not ready. */
function siteNeeds(plan: Plan, namespace: string): Access[] {
  const types = new Set(checksOf(plan).map(({ type }) => type));
  const reads = ['get', 'list', 'watch'];
  return [
    ...of('', 'pods', reads, namespace),
    ...of('', 'events', ['list'], namespace),
    ...of('', 'pods/log', ['get'], namespace),
    ...of('apps', 'replicasets', reads, namespace),
    ...of('discovery.k8s.io', 'endpointslices', reads, namespace),
    ...(types.has('exec') ? of('', 'pods/exec', ['create'], namespace) : []),
    ...(types.has('httpGet') || types.has('tcpSocket') ? of('', 'services/proxy', ['get'], namespace) : []),
  ];
}

function checksOf(plan: Plan): readonly Check[] {
  return [...Array.from(stepsOf(plan), ({ step }) => step.checks).flat(), ...plan.verify];
}

/** Restored by Velero, so only looked at by us. */
function restoredNeeds(item: BackupItem): Access[] {
  const [plural = ''] = item.resource.split('.');
  return of(groupOf(item.apiVersion), plural, ['get', 'list', 'watch'], item.namespace);
}
