import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/types.ts';
import { type DrillObject, leftOf, nextActs, roleOf } from '../../../src/recovery/clean-up-judge.ts';

const drill = { 'rekindle.dev/drill': 'shop-abcdefgh' };

function object(apiVersion: string, kind: string, name: string, more: Record<string, unknown> = {}): DrillObject {
  const { metadata, ...rest } = more;
  const made: KubeObject = { apiVersion, kind, metadata: { name, labels: drill, ...(metadata as object) }, ...rest };
  return { role: roleOf(made), object: made };
}

const restore = (phase?: string) => object('velero.io/v1', 'Restore', 'r', phase ? { status: { phase } } : {});
const namespace = object('v1', 'Namespace', 'shop');
const cluster = object('postgresql.cnpg.io/v1', 'Cluster', 'orders', { metadata: { namespace: 'shop' } });
const webhook = object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', 'cnpg');
const role = object('rbac.authorization.k8s.io/v1', 'ClusterRole', 'shop');
const definition = object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'clusters.postgresql.cnpg.io');
const deleting = { deletionTimestamp: '2026-11-28T10:00:00Z' };

const texts = (found: readonly DrillObject[], patient = true): string[] =>
  nextActs(found, patient).map(({ act, object: { kind, metadata } }) => `${act} ${kind} ${metadata.name}`);

describe('what a clean-up does next', () => {
  it('waits for a Restore that runs: nothing stops it, and what it makes would come after', () => {
    expect(texts([restore('InProgress'), namespace, cluster])).toEqual([]);
    expect(texts([restore('WaitingForPluginOperations'), namespace])).toEqual([]);
  });

  it('takes away what Velero has not begun with, and asks a data movement to end', () => {
    const moving = object('velero.io/v2alpha1', 'DataDownload', 'd', { status: { phase: 'InProgress' } });
    const found = [
      restore('InProgress'),
      { ...restore('New'), object: { ...restore('New').object, metadata: { name: 'queued' } } },
    ];

    expect(texts([...found, namespace])).toEqual(['remove Restore queued']);
    expect(texts([restore('InProgress'), moving])).toEqual(['patch DataDownload d']);
  });

  it('removes custom resources while their operators live, then who answers for them, then namespaces, then the rest', () => {
    const all = [definition, role, namespace, webhook, cluster, restore('Completed')];

    expect(texts(all)).toEqual(['remove Cluster orders']);
    expect(texts([definition, role, namespace, webhook, restore('Completed')])).toEqual([
      'remove MutatingWebhookConfiguration cnpg',
    ]);
    expect(texts([definition, role, namespace, restore('Completed')])).toEqual(['remove Namespace shop']);
    expect(texts([definition, role, restore('Completed')])).toEqual(['remove ClusterRole shop']);
    expect(texts([definition, restore('Completed')])).toEqual([
      'remove CustomResourceDefinition clusters.postgresql.cnpg.io',
    ]);
    expect(texts([restore('Completed')])).toEqual(['remove Restore r']);
  });

  it('does not keep everything else waiting for ever for one that is held', () => {
    const held = object('postgresql.cnpg.io/v1', 'Cluster', 'orders', { metadata: deleting });

    expect(texts([held, namespace, role])).toEqual([]);
    expect(texts([held, namespace, role], false)).toEqual(['remove Namespace shop', 'remove ClusterRole shop']);
  });

  it('first makes sure that no snapshot of the live site goes with its content, and that the drill’s own does', () => {
    const content = (name: string, source: object, deletionPolicy: string, labels: object = {}) =>
      object('snapshot.storage.k8s.io/v1', 'VolumeSnapshotContent', name, {
        metadata: { labels },
        spec: { source, deletionPolicy },
      });
    const found = [
      content('live', { snapshotHandle: 's-1' }, 'Delete'),
      content('own', { volumeHandle: 'v-1' }, 'Retain'),
      content('right', { snapshotHandle: 's-2' }, 'Retain'),
      namespace,
    ];

    expect(nextActs(found, true)).toMatchObject([
      { act: 'patch', object: { metadata: { name: 'live' } }, body: { spec: { deletionPolicy: 'Retain' } } },
      { act: 'patch', object: { metadata: { name: 'own' } }, body: { spec: { deletionPolicy: 'Delete' } } },
    ]);
  });

  it('keeps what is behind a volume out of the Backup, and lets one that was made for a claim go with it', () => {
    const volume = (name: string, policy: string, labels: object) =>
      object('v1', 'PersistentVolume', name, { metadata: { labels }, spec: { persistentVolumeReclaimPolicy: policy } });
    const restored = { ...drill, 'velero.io/restore-name': 'shop-abcdefgh-storage-volumes-g1' };

    expect(nextActs([volume('brought', 'Delete', restored), volume('made', 'Retain', {})], true)).toMatchObject([
      { object: { metadata: { name: 'brought' } }, body: { spec: { persistentVolumeReclaimPolicy: 'Retain' } } },
      { object: { metadata: { name: 'made' } }, body: { spec: { persistentVolumeReclaimPolicy: 'Delete' } } },
    ]);
    expect(texts([volume('brought', 'Retain', restored), volume('made', 'Delete', {})])).toEqual([
      'remove PersistentVolume brought',
    ]);
  });

  it('leaves what stays for a reason, and goes on with what comes after it', () => {
    expect(texts([{ ...definition, stays: 'somebody has objects of it' }, restore('Completed')])).toEqual([
      'remove Restore r',
    ]);
  });
});

describe('why something is left', () => {
  it.each([
    [restore('InProgress'), 'Velero is still at work on it (InProgress), which nothing stops'],
    [
      object('v1', 'ConfigMap', 'c', { metadata: { ...deleting, finalizers: ['a/b', 'c/d'] } }),
      'is being deleted since 2026-11-28T10:00:00Z, held by finalizer a/b, c/d',
    ],
    [
      object('v1', 'Namespace', 'shop', {
        metadata: deleting,
        status: {
          conditions: [
            { type: 'NamespaceDeletionContentFailure', status: 'False', message: 'all is well' },
            {
              type: 'NamespaceFinalizersRemaining',
              status: 'True',
              message: 'Some content has finalizers remaining: a/b',
            },
          ],
        },
      }),
      'is being deleted since 2026-11-28T10:00:00Z: Some content has finalizers remaining: a/b',
    ],
    [
      object('v1', 'PersistentVolume', 'v', { status: { phase: 'Failed', message: 'driver is gone' } }),
      'its volume is not deleted yet (Failed: driver is gone)',
    ],
  ])('is said in words: %#', (left, why) => {
    expect(leftOf(left).why).toBe(why);
  });
});
