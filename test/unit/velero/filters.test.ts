import { describe, expect, it } from 'vitest';
import type { BackupItem } from '../../../src/model/backup.ts';
import type { TierName } from '../../../src/model/tiers.ts';
import { filterOf, resolveNames, restoreSpec, takes } from '../../../src/velero/filters.ts';
import type { VeleroSpec } from '../../../src/velero/spec.ts';
import { claim, contentOf, deployment, item, namespaced, snapshotOf, volumeOf } from './items.ts';

const plan = { namespaces: ['shop'], velero: { namespace: 'velero', backup: 'b' } };
const role = item('clusterroles.rbac.authorization.k8s.io', 'ClusterRole', 'reader', {
  apiVersion: 'rbac.authorization.k8s.io/v1',
});
const secret = namespaced('secrets', 'Secret', 'shop', 'password');
const crd = item(
  'customresourcedefinitions.apiextensions.k8s.io',
  'CustomResourceDefinition',
  'clusters.postgresql.cnpg.io',
  { apiVersion: 'apiextensions.k8s.io/v1' },
);
const namespaceOf = (name: string): BackupItem =>
  item('namespaces', 'Namespace', name, { labels: { 'kubernetes.io/metadata.name': name } });

function taken(tier: TierName, spec: VeleroSpec, candidate: BackupItem): boolean {
  return takes(filterOf(tier, spec, plan), candidate);
}

describe('what a step takes out of a Backup', () => {
  it('takes RBAC, Secrets and the Namespaces of the plan in tier namespaces, and no other Namespace', () => {
    expect(taken('namespaces', {}, secret)).toBe(true);
    expect(taken('namespaces', {}, role)).toBe(true);
    expect(taken('namespaces', {}, namespaceOf('shop'))).toBe(true);
    expect(taken('namespaces', {}, namespaceOf('somebody-elses'))).toBe(false);
    expect(taken('namespaces', {}, deployment('shop', 'web'))).toBe(false);
    expect(taken('namespaces', {}, namespaced('secrets', 'Secret', 'other', 'password'))).toBe(false);
  });

  it('takes definitions in tier crds though they are cluster-scoped', () => {
    expect(taken('crds', {}, crd)).toBe(true);
    expect(filterOf('crds', {}, plan).includeClusterResources).toBe(true);
  });

  it('takes claims with their volumes, snapshots and contents in tier storage, and those of no other namespace', () => {
    const spec = {};
    for (const mine of [
      claim('shop', 'data'),
      volumeOf('pv-1', 'shop', 'data'),
      snapshotOf('shop', 's', 'data'),
      contentOf('c', 'shop', 's'),
    ])
      expect(taken('storage', spec, mine), mine.kind).toBe(true);
    for (const other of [claim('other', 'data'), volumeOf('pv-2', 'other', 'data'), contentOf('c2', 'other', 's')])
      expect(taken('storage', spec, other), other.kind).toBe(false);
    expect(filterOf('storage', spec, plan).includeClusterResources).toBeNull();
  });

  it('brings the parts of a volume along where a step names claims alone', () => {
    const spec = { includedResources: ['persistentvolumeclaims'] };
    expect(taken('databases', spec, snapshotOf('shop', 's', 'data'))).toBe(true);
    expect(taken('databases', spec, contentOf('c', 'shop', 's'))).toBe(true);
  });

  it('leaves volumes and owned kinds out of a step that only selects by label', () => {
    const spec = { labelSelector: { matchLabels: { app: 'web' } } };
    const labels = { app: 'web' };
    expect(taken('applications', spec, deployment('shop', 'web', { labels }))).toBe(true);
    expect(taken('applications', spec, deployment('shop', 'other'))).toBe(false);
    expect(taken('applications', spec, { ...claim('shop', 'data'), labels })).toBe(false);
    expect(taken('applications', spec, { ...snapshotOf('shop', 's', 'data'), labels })).toBe(false);
    expect(taken('applications', spec, namespaced('pods', 'Pod', 'shop', 'web-1', { labels }))).toBe(false);
    expect(taken('applications', spec, { ...role, labels })).toBe(false);
  });

  it.each([
    ['an Event', namespaced('events', 'Event', 'shop', 'e')],
    ['a Lease', namespaced('leases.coordination.k8s.io', 'Lease', 'shop', 'l')],
    ['a CloudNativePG Backup', namespaced('backups.postgresql.cnpg.io', 'Backup', 'shop', 'b')],
    ['an ended Job', namespaced('jobs.batch', 'Job', 'shop', 'migrate', { ended: true })],
    [
      'an owned ReplicaSet',
      namespaced('replicasets.apps', 'ReplicaSet', 'shop', 'web-1', {
        controller: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      }),
    ],
    ['an object of ours', namespaced('configmaps', 'ConfigMap', 'rekindle-system', 'rekindle-x')],
  ])('never takes %s', (_what, candidate) => {
    const spec = {
      includedResources: ['*'],
      labelSelector: { matchExpressions: [{ key: 'x', operator: 'DoesNotExist' as const }] },
      includedNamespaces: ['*'],
    };
    expect(taken('applications', spec, candidate)).toBe(false);
  });

  it('takes cluster-scoped kinds that a step names, unless it says no', () => {
    const spec = { includedResources: ['clusterroles'] };
    expect(taken('applications', spec, role)).toBe(true);
    expect(taken('applications', { ...spec, includeClusterResources: false }, role)).toBe(false);
  });

  it('reaches the Namespaces of the plan only, where a step names that kind alone', () => {
    const spec = { includedResources: ['namespaces'] };
    expect(taken('namespaces', spec, namespaceOf('shop'))).toBe(true);
    expect(taken('namespaces', spec, namespaceOf('other'))).toBe(false);
  });
});

describe('the Restore that carries a filter out', () => {
  const clusters = namespaced('clusters.postgresql.cnpg.io', 'Cluster', 'shop', 'orders', {
    apiVersion: 'postgresql.cnpg.io/v1',
  });
  const other = namespaced('clusters.cluster.x-k8s.io', 'Cluster', 'shop', 'c', {
    apiVersion: 'cluster.x-k8s.io/v1beta1',
  });

  it('writes names in full by what the Backup holds, so that a kind not served yet is matched too', () => {
    const spec = { includedResources: ['Cluster'] };
    const body = restoreSpec(filterOf('databases', spec, plan), spec, 'nightly', [clusters]);

    expect(body).toMatchObject({
      backupName: 'nightly',
      includedNamespaces: ['shop'],
      includedResources: ['clusters.postgresql.cnpg.io'],
      includeClusterResources: true,
    });
    expect(body['excludedResources']).toContain('backups.postgresql.cnpg.io');
    expect(body['excludedResources']).toContain('volumesnapshots.snapshot.storage.k8s.io');
    expect(body).not.toHaveProperty('existingResourcePolicy');
  });

  it('names no kind both ways: Velero refuses that', () => {
    const spec = { includedResources: ['pods', 'persistentvolumeclaims'] };
    const body = restoreSpec(filterOf('storage', spec, plan), spec, 'nightly', []);
    const both = [body['excludedResources'], body['includedResources']].map(
      (list) => new Set(Array.isArray(list) ? list : []),
    );

    expect([...(both[0] ?? [])].filter((name) => both[1]?.has(name))).toEqual([]);
    expect(body).not.toHaveProperty('includeClusterResources');
  });

  it('says which kinds a name could mean', () => {
    expect(resolveNames(['clusters'], [clusters, other]).ambiguous).toEqual([
      { written: 'clusters', means: ['clusters.postgresql.cnpg.io', 'clusters.cluster.x-k8s.io'] },
    ]);
    expect(resolveNames(['clusters.postgresql.cnpg.io'], [clusters, other]).ambiguous).toEqual([]);
  });

  it('leaves our own namespace and that of Velero out where it takes all', () => {
    const spec = { includedResources: ['secrets'], includedNamespaces: ['*'] };
    expect(restoreSpec(filterOf('namespaces', spec, plan), spec, 'nightly', [])['excludedNamespaces']).toEqual([
      'rekindle-system',
      'velero',
    ]);
  });
});
