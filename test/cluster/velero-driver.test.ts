import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { velero } from '../../src/drivers/velero.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { DownloadError } from '../../src/velero/download.ts';
import { startVeleroStandIn, type VeleroStandIn } from '../support/velero-stand-in.ts';
import { aSite, claim, config, contextFor, ended, gated, inShop, restored, step } from '../support/velero-site.ts';

const restoreKind = { apiVersion: 'velero.io/v1', kind: 'Restore' } as const;

describe('the driver velero', () => {
  let clusters: ClusterSource;
  let kube: KubeClient;
  let engine: VeleroStandIn;

  beforeAll(async () => {
    const lab = inject('lab');
    clusters = clustersFromKubeconfig(lab.kubeconfig);
    kube = clusters.client(lab.context);
    engine = await startVeleroStandIn(lab, kube, `velero-${randomUUID().slice(0, 8)}`);
  });
  afterAll(async () => {
    await engine.stop();
    await clusters.close();
  });

  it('is done when every object that its filter takes is accounted for', async () => {
    const site = await aSite({ kube, engine }, (shop) => [
      config(shop, 'settings'),
      inShop(shop, 'secrets', 'v1', 'Secret', 'password'),
      claim(shop, 'data'),
    ]);
    const ctx = contextFor({ kube, engine }, site, [step({})]);

    const progress = await restored(ctx);

    expect(progress).toMatchObject({
      state: 'succeeded',
      evidence: [
        `Restore ${engine.namespace}/${ctx.objectName} Completed, 3 items: 1 made earlier by this recovery, 2 created`,
      ],
      startedAt: expect.any(String),
      completedAt: expect.any(String),
    });
    expect(await gated(ctx, { restore: { namespace: engine.namespace, name: ctx.objectName } })).toEqual([
      `ConfigMap ${site.namespace}/settings`,
      `Namespace ${site.namespace}`,
      `Secret ${site.namespace}/password`,
    ]);
  });

  it('started twice is started once, at the same time too', async () => {
    const site = await aSite({ kube, engine }, (shop) => [config(shop, 'settings')]);
    const ctx = contextFor({ kube, engine }, site, [step({})]);

    const handles = await Promise.all([velero.start(ctx, {}), velero.start(ctx, {}), velero.start(ctx, {})]);
    await ended(ctx, handles[0]);
    const again = await velero.start(ctx, {});

    expect(new Set([...handles, again].map((handle) => JSON.stringify(handle))).size).toBe(1);
    const mine = (await engine.restores()).filter(
      (restore) => restore.metadata.labels?.['rekindle.dev/recovery'] === site.recovery,
    );
    expect(mine).toHaveLength(1);
  });

  it('does not adopt what somebody else made under its name', async () => {
    const site = await aSite({ kube, engine }, (shop) => [config(shop, 'settings')]);
    const ctx = contextFor({ kube, engine }, site, [step({})]);
    await kube.create({
      ...restoreKind,
      metadata: { namespace: engine.namespace, name: ctx.objectName },
      spec: { backupName: site.backup.name, includedNamespaces: ['nothing'] },
    });

    await expect(velero.start(ctx, {})).rejects.toMatchObject({
      type: 'Conflict',
      message: expect.stringContaining('not of this step'),
    });
  });

  it('does not adopt its own Restore of another filter', async () => {
    const site = await aSite({ kube, engine }, (shop) => [config(shop, 'settings')]);
    await velero.start(contextFor({ kube, engine }, site, [step({})]), {});
    const changed = step({ includedResources: ['secrets'] });

    await expect(
      velero.start(contextFor({ kube, engine }, site, [changed]), { includedResources: ['secrets'] }),
    ).rejects.toMatchObject({
      type: 'Conflict',
      message: expect.stringContaining('another filter'),
    });
  });

  it('restores nothing from a Backup that is another one now under the same name', async () => {
    const site = await aSite({ kube, engine }, (shop) => [config(shop, 'settings')]);
    const ctx = contextFor(
      { kube, engine },
      { ...site, backup: { ...site.backup, startTimestamp: '2026-11-19T00:00:00Z' } },
      [step({})],
    );

    await expect(velero.start(ctx, {})).rejects.toMatchObject({
      type: 'Conflict',
      message: expect.stringContaining('is another one now'),
    });
  });

  it('is not done where an object was there before, though Velero says Completed', async () => {
    const site = await aSite({ kube, engine }, (shop) => [config(shop, 'settings'), claim(shop, 'data')]);
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: site.namespace } });
    const { object } = claim(site.namespace, 'data');
    await kube.create(object);

    expect(await restored(contextFor({ kube, engine }, site, [step({}, 'storage', 'volumes')]))).toMatchObject({
      state: 'failed',
      reason: 'ExistingObject',
      message: expect.stringContaining(
        `1 objects were there before and were not restored: PersistentVolumeClaim ${site.namespace}/data (made at `,
      ),
      retry: 'again',
    });
  });

  it('lets pass what the plan ignores', async () => {
    const site = await aSite({ kube, engine }, (shop) => [claim(shop, 'data'), claim(shop, 'cache')]);
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: site.namespace } });
    await kube.create(claim(site.namespace, 'cache').object);
    const ignore = [{ kind: 'PersistentVolumeClaim', name: 'cache' }];

    expect(
      await restored(contextFor({ kube, engine }, site, [step({}, 'storage', 'volumes')], { plan: { ignore } })),
    ).toMatchObject({
      state: 'succeeded',
      notes: [`ignored by the plan: PersistentVolumeClaim ${site.namespace}/cache`],
    });
  });

  it('counts what an earlier generation made, and restores what was missing', async () => {
    const site = await aSite({ kube, engine }, (shop) => [config(shop, 'one'), config(shop, 'two')]);
    await restored(contextFor({ kube, engine }, site, [step({})]));
    await kube.remove({ apiVersion: 'v1', kind: 'ConfigMap', namespace: site.namespace, name: 'two' });
    const second = contextFor({ kube, engine }, site, [step({})], { generation: 2 });

    expect(await restored(second)).toMatchObject({ state: 'succeeded' });
    const made = await kube.list(
      { apiVersion: 'v1', kind: 'ConfigMap' },
      { namespace: site.namespace, labelSelector: 'velero.io/restore-name' },
    );
    expect(made.items.map((item) => [item.metadata.name, item.metadata.labels?.['velero.io/restore-name']])).toEqual([
      ['one', `${site.recovery}-namespaces-basics-g1`],
      ['two', `${site.recovery}-namespaces-basics-g2`],
    ]);
  });

  it('takes a claim for restored only where a Restore says that it made it', async () => {
    const site = await aSite({ kube, engine }, (shop) => [claim(shop, 'data'), config(shop, 'settings')]);
    const steps = [step({}, 'storage', 'volumes'), step({ includedResources: ['configmaps'] }, 'databases', 'orders')];
    await restored(contextFor({ kube, engine }, site, steps, { step: 'orders' }));
    const label = { 'velero.io/restore-name': `${site.recovery}-databases-orders-g1` };
    const { object } = claim(site.namespace, 'data');
    await kube.create({ ...object, metadata: { ...object.metadata, labels: label } });

    expect(await restored(contextFor({ kube, engine }, site, steps))).toMatchObject({
      state: 'failed',
      reason: 'ExistingObject',
      message: expect.stringContaining(`PersistentVolumeClaim ${site.namespace}/data`),
    });
  });

  it('fails a Restore of nothing, and preflight says so before', async () => {
    const site = await aSite({ kube, engine }, (shop) => [config(shop, 'settings')]);
    const ctx = contextFor({ kube, engine }, site, [step({ includedResources: ['ingresses'] }, 'ingress', 'door')]);

    expect(await velero.preflight(ctx, { includedResources: ['ingresses'] })).toMatchObject([
      { severity: 'block', reason: 'NothingToRestore' },
    ]);
    expect(await restored(ctx)).toMatchObject({ state: 'failed', reason: 'NothingRestored' });
  });

  it('says what is missing for volumes before anything is restored', async () => {
    const api = 'snapshot.storage.k8s.io/v1';
    const site = await aSite({ kube, engine }, (shop) => [
      inShop(shop, 'persistentvolumeclaims', 'v1', 'PersistentVolumeClaim', 'data', {
        spec: { storageClassName: 'fast' },
      }),
      inShop(shop, 'volumesnapshots.snapshot.storage.k8s.io', api, 'VolumeSnapshot', 's', {
        spec: { source: { persistentVolumeClaimName: 'data' } },
      }),
      {
        resource: 'volumesnapshotcontents.snapshot.storage.k8s.io',
        object: {
          apiVersion: api,
          kind: 'VolumeSnapshotContent',
          metadata: { name: `c-${shop}` },
          spec: { driver: 'csi.lost', volumeSnapshotRef: { namespace: shop, name: 's' } },
        },
      },
    ]);

    expect(
      (await velero.preflight(contextFor({ kube, engine }, site, [step({}, 'storage', 'volumes')]), {})).map(
        ({ reason, message }) => [reason, message],
      ),
    ).toEqual([
      ['CsiDriverMissing', expect.stringContaining('CSI driver csi.lost')],
      ['StorageClassMissing', expect.stringContaining('StorageClass fast')],
    ]);
  });

  it('says that the snapshot kinds are missing', async () => {
    const site = await aSite({ kube, engine }, (shop) => [
      inShop(shop, 'volumesnapshots.snapshot.storage.k8s.io', 'snapshot.storage.k8s.io/v1', 'VolumeSnapshot', 's'),
    ]);
    const resource = (kind: { readonly apiVersion: string; readonly kind: string }) =>
      kind.kind === 'VolumeSnapshotContent' ? Promise.resolve(undefined) : kube.resource(kind);
    const without: KubeClient = Object.create(kube, { resource: { value: resource } });
    const ctx = contextFor({ kube: without, engine }, site, [step({}, 'storage', 'volumes')]);

    expect(await velero.preflight(ctx, {})).toMatchObject([
      {
        severity: 'block',
        reason: 'SnapshotKindsMissing',
        message: expect.stringContaining('install the snapshot CRDs'),
      },
    ]);
  });

  it('says that the Backup cannot be read from here', async () => {
    const site = await aSite({ kube, engine }, (shop) => [config(shop, 'settings')]);
    const unreadable = new DownloadError('Unreachable', 'the object store at s3.lost cannot be reached');
    const ctx = contextFor({ kube, engine }, { ...site, inventory: () => Promise.reject(unreadable) }, [step({})]);

    expect(await velero.preflight(ctx, {})).toEqual([
      { severity: 'block', reason: 'BackupUnreadable', message: unreadable.message },
    ]);
  });

  it('says that the storage location is Unavailable', async () => {
    const site = await aSite({ kube, engine }, (shop) => [config(shop, 'settings')]);
    await engine.location({ phase: 'Unavailable', message: 'no route to host' });
    const findings = await velero.preflight(contextFor({ kube, engine }, site, [step({})]), {});
    await engine.location({ phase: 'Available', message: null });

    expect(findings).toMatchObject([
      { severity: 'block', reason: 'LocationUnavailable', message: expect.stringContaining('no route to host') },
    ]);
  });

  it('asks for the full name where a name means two kinds', async () => {
    const site = await aSite({ kube, engine }, (shop) => [
      inShop(shop, 'clusters.postgresql.cnpg.io', 'postgresql.cnpg.io/v1', 'Cluster', 'orders'),
      inShop(shop, 'clusters.example.io', 'example.io/v1', 'Cluster', 'c'),
    ]);
    const spec = { includedResources: ['clusters'] };
    const ctx = contextFor({ kube, engine }, site, [step(spec, 'databases', 'orders')]);

    expect(await velero.preflight(ctx, spec)).toMatchObject([
      {
        reason: 'AmbiguousResource',
        message: expect.stringContaining('clusters.postgresql.cnpg.io and clusters.example.io'),
      },
    ]);
    await expect(velero.start(ctx, spec)).rejects.toMatchObject({ type: 'EngineRefused' });
  });

  it('refuses to name pods that a controller makes anew', async () => {
    const owner = {
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u', controller: true }],
    };
    const site = await aSite({ kube, engine }, (shop) => [
      {
        resource: 'pods',
        object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1', namespace: shop, ...owner } },
      },
      config(shop, 'c'),
    ]);
    const spec = { includedResources: ['pods', 'configmaps'] };

    expect(
      await velero.preflight(contextFor({ kube, engine }, site, [step(spec, 'applications', 'web')]), spec),
    ).toMatchObject([{ reason: 'OwnedObjects', message: expect.stringContaining('web-1 to ReplicaSet web') }]);
  });
});
