import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { DriverContext } from '../../src/drivers/driver.ts';
import { velero } from '../../src/drivers/velero.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { type RestoreHandle, startRestore } from '../../src/velero/restore.ts';
import { startVeleroStandIn, type VeleroStandIn } from '../support/velero-stand-in.ts';
import { aSite, config, contextFor, step } from '../support/velero-site.ts';

const restoreKind = { apiVersion: 'velero.io/v1', kind: 'Restore' } as const;

describe('the driver velero, by what Velero writes', () => {
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

  const aRestore = async (status: JsonObject): Promise<{ ctx: DriverContext; handle: RestoreHandle }> => {
    const site = await aSite({ kube, engine }, (shop) => [config(shop, 'settings')]);
    const ctx = contextFor({ kube, engine }, site, [step({})]);
    engine.pause(true);
    const handle = await startRestore(ctx, {});
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
