import { pack } from 'tar-stream';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { itemsOf } from '../../../src/velero/inventory.ts';

async function read(files: { readonly [path: string]: unknown }) {
  const tar = pack();
  for (const [name, content] of Object.entries(files))
    tar.entry({ name }, typeof content === 'string' ? content : JSON.stringify(content));
  tar.finalize();
  return itemsOf(Readable.from(tar), 'nightly');
}

const object = (apiVersion: string, kind: string, metadata: object, more: object = {}) => ({
  apiVersion,
  kind,
  metadata,
  ...more,
});

describe('what a Backup holds', () => {
  it('reads each object once, whatever versions it is stored in', async () => {
    const web = object('apps/v1', 'Deployment', { name: 'web', namespace: 'shop', labels: { app: 'web' } });
    const items = await read({
      'metadata/version': '1',
      'resources/deployments.apps/namespaces/shop/web.json': web,
      'resources/deployments.apps/v1-preferredversion/namespaces/shop/web.json': web,
      'resources/namespaces/cluster/shop.json': object('v1', 'Namespace', { name: 'shop' }),
      'resources/namespaces/v1-preferredversion/cluster/shop.json': object('v1', 'Namespace', { name: 'shop' }),
    });

    expect(items).toEqual([
      {
        resource: 'deployments.apps',
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        namespace: 'shop',
        name: 'web',
        labels: { app: 'web' },
        annotations: {},
        facts: {
          pods: { count: 1, cpuMilli: 0, memoryBytes: 0 },
          quiesce: { before: { replicas: null }, quiet: false },
        },
      },
      { resource: 'namespaces', apiVersion: 'v1', kind: 'Namespace', name: 'shop', labels: {}, annotations: {} },
    ]);
  });

  it('keeps nothing of a Secret but its name and labels', async () => {
    const copy = { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"password":"aHVudGVyMg=="}}' };
    const items = await read({
      'resources/secrets/namespaces/shop/db.json': object(
        'v1',
        'Secret',
        { name: 'db', namespace: 'shop', annotations: { note: 'hunter2' } },
        { data: { password: 'aHVudGVyMg==' } },
      ),
      'resources/configmaps/namespaces/shop/c.json': object(
        'v1',
        'ConfigMap',
        { name: 'c', namespace: 'shop', annotations: copy },
        { data: { key: 'aHVudGVyMg==' } },
      ),
    });

    expect(JSON.stringify(items)).not.toMatch(/aHVudGVyMg|hunter2/);
    expect(items.map((found) => found.name)).toEqual(['db', 'c']);
  });

  it('notes owners, ended pods and jobs, and what volumes belong to', async () => {
    const items = await read({
      'resources/pods/namespaces/shop/web-1.json': object(
        'v1',
        'Pod',
        {
          name: 'web-1',
          namespace: 'shop',
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u', controller: true }],
        },
        { status: { phase: 'Succeeded' } },
      ),
      'resources/jobs.batch/namespaces/shop/migrate.json': object(
        'batch/v1',
        'Job',
        { name: 'migrate', namespace: 'shop' },
        { status: { completionTime: '2026-11-21T10:00:00Z' } },
      ),
      'resources/persistentvolumes/cluster/pv.json': object(
        'v1',
        'PersistentVolume',
        { name: 'pv' },
        { spec: { claimRef: { namespace: 'shop', name: 'data' }, storageClassName: 'fast' } },
      ),
      'resources/volumesnapshots.snapshot.storage.k8s.io/namespaces/shop/s.json': object(
        'snapshot.storage.k8s.io/v1',
        'VolumeSnapshot',
        { name: 's', namespace: 'shop' },
        { spec: { source: { persistentVolumeClaimName: 'data' } } },
      ),
      'resources/volumesnapshotcontents.snapshot.storage.k8s.io/cluster/c.json': object(
        'snapshot.storage.k8s.io/v1',
        'VolumeSnapshotContent',
        { name: 'c' },
        { spec: { driver: 'csi.test', volumeSnapshotRef: { namespace: 'shop', name: 's' } } },
      ),
    });

    expect(items).toMatchObject([
      { name: 'web-1', ended: true, controller: { kind: 'ReplicaSet', name: 'web' } },
      { name: 'migrate', ended: true },
      { name: 'pv', of: { namespace: 'shop', name: 'data' }, storageClass: 'fast' },
      { name: 's', of: { namespace: 'shop', name: 'data' } },
      { name: 'c', of: { namespace: 'shop', name: 's' }, csiDriver: 'csi.test' },
    ]);
  });

  it('names a broken file without quoting it', async () => {
    const path = 'resources/secrets/namespaces/shop/db.json';
    await expect(read({ [path]: '{"data": "hunter2' })).rejects.toThrow(
      `the Backup's file ${path} is not a Kubernetes object`,
    );
  });
});
