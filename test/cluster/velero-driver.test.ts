import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { DriverContext, Progress } from '../../src/drivers/driver.ts';
import { velero } from '../../src/drivers/velero.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import type { BackupInventory, PinnedBackup } from '../../src/model/backup.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { TierName } from '../../src/model/tiers.ts';
import { refText } from '../../src/model/verdict.ts';
import { readInventory } from '../../src/velero/inventory.ts';
import type { RestoreHandle } from '../../src/velero/restore.ts';
import { contextOf, planOf, type StepOf } from '../support/driver-context.ts';
import { type StoredObject, startVeleroStandIn, type VeleroStandIn } from '../support/velero-stand-in.ts';

const restoreKind = { apiVersion: 'velero.io/v1', kind: 'Restore' } as const;

/** One recovery of a small site: its names are new for each test. */
interface Site {
  readonly namespace: string;
  readonly recovery: string;
  readonly firstWriteAt: string;
  readonly backup: PinnedBackup;
  readonly inventory: () => Promise<BackupInventory>;
}

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
  beforeEach(() => engine.pause(false));

  const inShop = (
    site: string,
    resource: string,
    apiVersion: string,
    kind: string,
    name: string,
    more: object = {},
  ): StoredObject => ({
    resource,
    object: { apiVersion, kind, metadata: { name, namespace: site }, ...more },
  });
  const config = (site: string, name: string): StoredObject =>
    inShop(site, 'configmaps', 'v1', 'ConfigMap', name, { data: { from: 'the backup' } });
  const claim = (site: string, name: string): StoredObject =>
    inShop(site, 'persistentvolumeclaims', 'v1', 'PersistentVolumeClaim', name, {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });

  async function aSite(objects: (namespace: string) => readonly StoredObject[]): Promise<Site> {
    const namespace = `shop-${randomUUID().slice(0, 8)}`;
    const shop: StoredObject = {
      resource: 'namespaces',
      object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    };
    await engine.backup(namespace, [shop, ...objects(namespace)]);
    const backup = {
      namespace: engine.namespace,
      name: namespace,
      storageLocation: 'default',
      startTimestamp: '2026-11-20T00:00:00Z',
      phase: 'Completed',
    };
    const contents = readInventory(kube, backup, AbortSignal.timeout(20_000));
    return {
      namespace,
      recovery: `shop-${randomUUID().slice(0, 8)}`,
      firstWriteAt: new Date(Date.now() - 1000).toISOString(),
      backup,
      inventory: () => contents,
    };
  }

  const step = (spec: JsonObject, tier: TierName = 'namespaces', name = 'basics'): StepOf => ({
    tier,
    name,
    driver: 'velero',
    spec,
  });

  function contextFor(
    site: Site,
    steps: readonly StepOf[],
    more: Partial<{ step: string; generation: number; attempt: number; plan: Partial<Plan> }> = {},
  ): DriverContext {
    const plan = planOf([site.namespace], steps, {
      velero: { namespace: engine.namespace, backup: site.backup.name },
      ...more.plan,
    });
    return contextOf({ kube, step: steps[0]?.name ?? '', ...site, ...more, plan });
  }

  async function ended(ctx: DriverContext, handle: RestoreHandle): Promise<Progress> {
    for (let look = 0; look < 100; look += 1) {
      const progress = await velero.observe(ctx, handle);
      if (progress.state !== 'running') return progress;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('the Restore did not end in 100 looks');
  }

  async function restored(ctx: DriverContext): Promise<Progress> {
    return ended(ctx, await velero.start(ctx, velero.spec.parse(ctx.step.spec)));
  }

  async function gated(ctx: DriverContext, handle: RestoreHandle): Promise<string[]> {
    const refs: string[] = [];
    for await (const ref of velero.objects(ctx, handle)) refs.push(refText(ref));
    return refs.toSorted();
  }

  it('is done when every object that its filter takes is accounted for', async () => {
    const site = await aSite((shop) => [
      config(shop, 'settings'),
      inShop(shop, 'secrets', 'v1', 'Secret', 'password'),
      claim(shop, 'data'),
    ]);
    const ctx = contextFor(site, [step({})]);

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
    const site = await aSite((shop) => [config(shop, 'settings')]);
    const ctx = contextFor(site, [step({})]);

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
    const site = await aSite((shop) => [config(shop, 'settings')]);
    const ctx = contextFor(site, [step({})]);
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
    const site = await aSite((shop) => [config(shop, 'settings')]);
    await velero.start(contextFor(site, [step({})]), {});
    const changed = step({ includedResources: ['secrets'] });

    await expect(velero.start(contextFor(site, [changed]), { includedResources: ['secrets'] })).rejects.toMatchObject({
      type: 'Conflict',
      message: expect.stringContaining('another filter'),
    });
  });

  it('restores nothing from a Backup that is another one now under the same name', async () => {
    const site = await aSite((shop) => [config(shop, 'settings')]);
    const ctx = contextFor({ ...site, backup: { ...site.backup, startTimestamp: '2026-11-19T00:00:00Z' } }, [step({})]);

    await expect(velero.start(ctx, {})).rejects.toMatchObject({
      type: 'Conflict',
      message: expect.stringContaining('is another one now'),
    });
  });

  it('is not done where an object was there before, though Velero says Completed', async () => {
    const site = await aSite((shop) => [config(shop, 'settings'), claim(shop, 'data')]);
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: site.namespace } });
    const { object } = claim(site.namespace, 'data');
    await kube.create(object);

    expect(await restored(contextFor(site, [step({}, 'storage', 'volumes')]))).toMatchObject({
      state: 'failed',
      reason: 'ExistingObject',
      message: expect.stringContaining(
        `1 objects were there before and were not restored: PersistentVolumeClaim ${site.namespace}/data (made at `,
      ),
      retry: 'again',
    });
  });

  it('lets pass what the plan ignores', async () => {
    const site = await aSite((shop) => [claim(shop, 'data'), claim(shop, 'cache')]);
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: site.namespace } });
    await kube.create(claim(site.namespace, 'cache').object);
    const ignore = [{ kind: 'PersistentVolumeClaim', name: 'cache' }];

    expect(await restored(contextFor(site, [step({}, 'storage', 'volumes')], { plan: { ignore } }))).toMatchObject({
      state: 'succeeded',
      notes: [`ignored by the plan: PersistentVolumeClaim ${site.namespace}/cache`],
    });
  });

  it('counts what an earlier generation made, and restores what was missing', async () => {
    const site = await aSite((shop) => [config(shop, 'one'), config(shop, 'two')]);
    await restored(contextFor(site, [step({})]));
    await kube.remove({ apiVersion: 'v1', kind: 'ConfigMap', namespace: site.namespace, name: 'two' });
    const second = contextFor(site, [step({})], { generation: 2 });

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
    const site = await aSite((shop) => [claim(shop, 'data'), config(shop, 'settings')]);
    const steps = [step({}, 'storage', 'volumes'), step({ includedResources: ['configmaps'] }, 'databases', 'orders')];
    await restored(contextFor(site, steps, { step: 'orders' }));
    const label = { 'velero.io/restore-name': `${site.recovery}-databases-orders-g1` };
    const { object } = claim(site.namespace, 'data');
    await kube.create({ ...object, metadata: { ...object.metadata, labels: label } });

    expect(await restored(contextFor(site, steps))).toMatchObject({
      state: 'failed',
      reason: 'ExistingObject',
      message: expect.stringContaining(`PersistentVolumeClaim ${site.namespace}/data`),
    });
  });

  it('fails a Restore of nothing, and preflight says so before', async () => {
    const site = await aSite((shop) => [config(shop, 'settings')]);
    const ctx = contextFor(site, [step({ includedResources: ['ingresses'] }, 'ingress', 'door')]);

    expect(await velero.preflight(ctx, { includedResources: ['ingresses'] })).toMatchObject([
      { severity: 'block', reason: 'NothingToRestore' },
    ]);
    expect(await restored(ctx)).toMatchObject({ state: 'failed', reason: 'NothingRestored' });
  });

  it('says what is missing for volumes before anything is restored', async () => {
    const api = 'snapshot.storage.k8s.io/v1';
    const site = await aSite((shop) => [
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
      (await velero.preflight(contextFor(site, [step({}, 'storage', 'volumes')]), {})).map(({ reason, message }) => [
        reason,
        message,
      ]),
    ).toEqual([
      ['CsiDriverMissing', expect.stringContaining('CSI driver csi.lost')],
      ['StorageClassMissing', expect.stringContaining('StorageClass fast')],
    ]);
  });

  it('asks for the full name where a name means two kinds', async () => {
    const site = await aSite((shop) => [
      inShop(shop, 'clusters.postgresql.cnpg.io', 'postgresql.cnpg.io/v1', 'Cluster', 'orders'),
      inShop(shop, 'clusters.example.io', 'example.io/v1', 'Cluster', 'c'),
    ]);
    const spec = { includedResources: ['clusters'] };
    const ctx = contextFor(site, [step(spec, 'databases', 'orders')]);

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
    const site = await aSite((shop) => [
      {
        resource: 'pods',
        object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1', namespace: shop, ...owner } },
      },
      config(shop, 'c'),
    ]);
    const spec = { includedResources: ['pods', 'configmaps'] };

    expect(await velero.preflight(contextFor(site, [step(spec, 'applications', 'web')]), spec)).toMatchObject([
      { reason: 'OwnedObjects', message: expect.stringContaining('web-1 to ReplicaSet web') },
    ]);
  });

  describe('judges what Velero writes', () => {
    const aRestore = async (status: JsonObject): Promise<{ ctx: DriverContext; handle: RestoreHandle }> => {
      const site = await aSite((shop) => [config(shop, 'settings')]);
      const ctx = contextFor(site, [step({})]);
      engine.pause(true);
      const handle = await velero.start(ctx, {});
      await inProgress(handle);
      await kube.patch({ ...restoreKind, ...handle.restore }, 'merge', { status });
      return { ctx, handle };
    };
    const inProgress = async (handle: RestoreHandle): Promise<KubeObject> => {
      for (;;) {
        const restore = await kube.get({ ...restoreKind, ...handle.restore });
        const status = restore?.['status'];
        if (
          restore &&
          typeof status === 'object' &&
          status !== null &&
          'phase' in status &&
          status.phase === 'InProgress'
        )
          return restore;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };

    it('a server that died: lost, and the next attempt is another Restore', async () => {
      const failureReason = 'found a restore with status "InProgress" during the server starting, mark it as "Failed"';
      const { ctx, handle } = await aRestore({ phase: 'Failed', failureReason });

      expect(await velero.observe(ctx, handle)).toMatchObject({ state: 'lost', reason: 'VeleroDied' });
    });

    it('a Restore that somebody deleted: lost', async () => {
      const { ctx, handle } = await aRestore({});
      await kube.patch({ ...restoreKind, ...handle.restore }, 'merge', { metadata: { finalizers: null } });
      await kube.remove({ ...restoreKind, ...handle.restore });

      expect(await velero.observe(ctx, handle)).toMatchObject({ state: 'lost', reason: 'RestoreGone' });
    });

    it('PartiallyFailed without readable texts: failed all the same', async () => {
      const { ctx, handle } = await aRestore({ phase: 'PartiallyFailed', errors: 2 });

      expect(await velero.observe(ctx, handle)).toMatchObject({
        state: 'failed',
        reason: 'PartiallyFailed',
        message: expect.stringContaining('2 errors (their texts could not be read)'),
      });
    });

    it('FailedValidation: failed with its errors', async () => {
      const { ctx, handle } = await aRestore({
        phase: 'FailedValidation',
        validationErrors: ['The BSL default is unavailable'],
      });

      expect(await velero.observe(ctx, handle)).toMatchObject({
        state: 'failed',
        message: expect.stringContaining('The BSL default is unavailable'),
      });
    });

    it('Completed without a list that can be read: not done, and says why', async () => {
      const { ctx, handle } = await aRestore({ phase: 'Completed', progress: { totalItems: 1, itemsRestored: 1 } });

      expect(await velero.observe(ctx, handle)).toMatchObject({
        state: 'running',
        reason: expect.stringContaining('has no RestoreResourceList'),
      });
    });

    it('a DataDownload of the Restore that failed: failed, though the Restore says Completed', async () => {
      const { ctx, handle } = await aRestore({ phase: 'Completed' });
      const { name, namespace } = handle.restore;
      await kube.create({
        apiVersion: 'velero.io/v2alpha1',
        kind: 'DataDownload',
        metadata: { namespace, name: `dd-${name}`.slice(0, 63), labels: { 'velero.io/restore-name': name } },
        spec: {
          backupStorageLocation: 'default',
          operationTimeout: '10m',
          snapshotID: 's',
          sourceNamespace: 'x',
          targetVolume: { namespace: 'shop', pvc: 'data', pv: '' },
        },
        status: { phase: 'Failed', message: 'node gone' },
      });

      expect(await velero.observe(ctx, handle)).toMatchObject({
        state: 'failed',
        reason: 'DataNotRestored',
        message: expect.stringContaining('of claim shop/data is Failed (node gone)'),
      });
    });

    it('leaves no DownloadRequest behind', async () => {
      const { items } = await kube.list(
        { apiVersion: 'velero.io/v1', kind: 'DownloadRequest' },
        { namespace: engine.namespace },
      );

      expect(items.map((request) => request.metadata.name)).toEqual([]);
    });
  });
});
