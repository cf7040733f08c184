import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import { valueAt } from '../../src/kube/read.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import type { Report } from '../../src/model/report.ts';
import { recoverSiteType, updateNames } from '../../src/model/run.ts';
import { readLedger } from '../../src/recovery/ledger.ts';
import { realActivities, type RecoverHandle, untilView } from '../support/real-worker.ts';
import { useTemporal } from '../support/temporal.ts';
import { claim } from '../support/velero-site.ts';
import { startVeleroStandIn, type VeleroStandIn } from '../support/velero-stand-in.ts';

const ana = { by: 'ana', reason: 'looked at it' };

const claimKind = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' } as const;
const ownerKind = { apiVersion: 'v1', kind: 'ConfigMap' } as const;
const volumeKind = { apiVersion: 'v1', kind: 'PersistentVolume' } as const;

/** What only a real API server shows of an operator's decisions: what they change there. */
describe('decisions on a real API server', { timeout: 120_000 }, () => {
  const temporal = useTemporal();
  let clusters: ClusterSource;
  let kube: KubeClient;
  let velero: VeleroStandIn;
  let plansFolder: string;

  beforeAll(async () => {
    const lab = inject('lab');
    clusters = clustersFromKubeconfig(lab.kubeconfig);
    kube = clusters.client(lab.context);
    velero = await startVeleroStandIn(lab, kube, `velero-${randomUUID().slice(0, 8)}`);
    plansFolder = await mkdtemp(join(tmpdir(), 'rekindle-plans-'));
  });
  afterAll(async () => {
    await velero.stop();
    await clusters.close();
    await rm(plansFolder, { recursive: true, force: true });
  });

  const planFile = async (site: string, tiers: object): Promise<void> => {
    const spec = {
      site,
      cluster: inject('lab').context,
      namespaces: [site],
      stableFor: '100ms',
      velero: { namespace: velero.namespace, backup: site },
      tiers,
    };
    const file = { apiVersion: 'rekindle.dev/v1alpha1', kind: 'RestorePlan', metadata: { name: site }, spec };
    await writeFile(join(plansFolder, `${site}.yaml`), stringify(file));
  };
  const start = (input: unknown): Promise<RecoverHandle> =>
    temporal.client.workflow.start(recoverSiteType, {
      taskQueue: temporal.taskQueue(),
      workflowId: temporal.workflowId(),
      args: [input],
    });
  const withRealWorker = <T>(work: () => Promise<T>): Promise<T> =>
    temporal.withWorker({ ...realActivities(temporal, clusters, plansFolder) }, work);
  const reportOfFailure = async (handle: RecoverHandle): Promise<Report> => {
    const error: unknown = await handle.result().then(
      () => 'it completed',
      (failed: unknown) => failed,
    );
    expect(error).toBeInstanceOf(WorkflowFailedError);
    return ((error as WorkflowFailedError).cause as ApplicationFailure).details?.[0] as Report;
  };

  /** A claim bound to a volume that would be deleted with it. */
  const boundClaim = async (site: string, name: string, more: object = {}): Promise<KubeObject> => {
    const spec = { accessModes: ['ReadWriteOnce'], storageClassName: '', volumeName: `${site}-${name}` };
    const made = await kube.create({
      ...claimKind,
      metadata: { name, namespace: site, ...more },
      spec: { ...spec, resources: { requests: { storage: '1Gi' } } },
    });
    await kube.create({
      ...volumeKind,
      metadata: { name: `${site}-${name}` },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: '',
        csi: { driver: 'example.org', volumeHandle: name },
        claimRef: { ...claimKind, namespace: site, name, uid: made.metadata.uid },
      },
    });
    return made;
  };
  /**
   * A trial: what an operator's resource would own (a ConfigMap stands for it, whose controller no controller disputes): a pod that
   * mounts the claim `data`, and a claim that no Backup has.
   */
  const aTrial = async (site: string): Promise<{ readonly data: KubeObject }> => {
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: site } });
    const cluster = await kube.create({
      ...ownerKind,
      metadata: { name: 'db', namespace: site },
      data: { password: 'not-for-the-ledger' },
    });
    const owner = { ...ownerKind, name: 'db', uid: cluster.metadata.uid ?? '', controller: true };
    const data = await boundClaim(site, 'data');
    await boundClaim(site, 'logs', { ownerReferences: [owner] });
    await kube.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'of-the-trial', namespace: site, ownerReferences: [owner] },
      spec: {
        containers: [{ name: 'db', image: 'db' }],
        automountServiceAccountToken: false,
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      },
    });
    return { data };
  };
  const policyOf = async (volume: string) =>
    valueAt(await kube.get({ ...volumeKind, name: volume }), 'spec', 'persistentVolumeReclaimPolicy');

  it('setAside keeps every volume, copies and removes what owned the claims, and restores again; an abort stops its data', async () => {
    const site = `r-${randomUUID().slice(0, 8)}`;
    const { data } = await aTrial(site);
    await velero.backup(site, [claim(site, 'data')]);
    await planFile(site, { storage: [{ name: 'volumes', velero: { includedResources: ['persistentvolumeclaims'] } }] });

    await withRealWorker(async () => {
      const handle = await start({ plan: site, intoLiveSite: inject('lab').context });
      const held = await untilView(handle, (seen) => seen.state === 'held');
      expect(held.holds).toMatchObject([{ step: 'volumes', reason: 'ExistingObject' }]);
      const recovery = held.recovery ?? '';
      const how = { step: 'volumes', mode: 'setAside', confirm: 'volumes' };
      await handle.executeUpdate(updateNames.retryStep, { args: [{ ...how, ...ana }] });
      await untilView(handle, ({ tiers }) => tiers[3]?.steps[0]?.state === 'gating', 60_000);

      const now = await kube.get({ ...claimKind, namespace: site, name: 'data' });
      expect(now?.metadata.uid).not.toBe(data.metadata.uid);
      expect(now?.metadata.labels?.['velero.io/restore-name']).toContain('-volumes-g2');
      expect(await kube.get({ ...ownerKind, namespace: site, name: 'db' })).toBeUndefined();
      expect([await policyOf(`${site}-data`), await policyOf(`${site}-logs`)]).toEqual(['Retain', 'Retain']);
      const copies = `rekindle-${recovery}-aside-volumes-g1`;
      const secret = await kube.get({ apiVersion: 'v1', kind: 'Secret', namespace: 'rekindle-system', name: copies });
      const copy: unknown = JSON.parse(
        Buffer.from(String(valueAt(secret, 'data', `ConfigMap.${site}.db.json`)), 'base64').toString(),
      );
      expect(copy).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'db', namespace: site } });
      const { signal } = new AbortController();
      const ledger = await readLedger(kube, recovery, signal);
      expect(ledger?.steps['volumes']?.asides).toMatchObject({
        1: {
          done: true,
          copies,
          owners: [{ ref: { kind: 'ConfigMap', name: 'db' } }],
          claims: [{ ref: { name: 'data' }, volume: `${site}-data` }],
        },
      });
      expect(JSON.stringify(ledger)).not.toContain('not-for-the-ledger');

      const restore = now?.metadata.labels?.['velero.io/restore-name'] ?? '';
      const download = { apiVersion: 'velero.io/v2alpha1', kind: 'DataDownload', name: 'moves' } as const;
      const target = { namespace: site, pvc: 'data', pv: '' };
      await kube.create({
        ...download,
        metadata: { namespace: velero.namespace, name: 'moves', labels: { 'velero.io/restore-name': restore } },
        spec: {
          backupStorageLocation: 'default',
          operationTimeout: '10m',
          snapshotID: 's',
          sourceNamespace: site,
          targetVolume: target,
        },
        status: { phase: 'InProgress' },
      });
      await handle.executeUpdate(updateNames.abort, { args: [ana] });
      const report = await reportOfFailure(handle);

      const stopped = await kube.get({ ...download, namespace: velero.namespace });
      expect(valueAt(stopped, 'spec', 'cancel')).toBe(true);
      expect(report.leftBehind).toEqual([
        expect.stringMatching(
          /^storage\/volumes: gating, generation 2; Restore .* Completed.*; what was restored stays$/,
        ),
        `storage/volumes: DataDownload moves of claim ${site}/data is InProgress; it was told to stop, and what it had filled is not whole`,
      ]);
      expect(report.exceptions).toContain(
        `volumes: PersistentVolumeClaim ${site}/data was set aside: its volume ${site}-data is kept (Retain, was Delete); ConfigMap ${site}/db was removed with it; copies are in Secret rekindle-system/${copies}`,
      );
    });
  });

  it('a Job of a manifests step is suspended by an abort, goes on with a resumed run, and is removed by undo', async () => {
    const site = `j-${randomUUID().slice(0, 8)}`;
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'load', image: 'load' }] } };
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'load', namespace: site },
      spec: { template },
    };
    await mkdir(join(plansFolder, site));
    await writeFile(
      join(plansFolder, site, 'load.yaml'),
      [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: site } }, job]
        .map((one) => stringify(one))
        .join('---\n'),
    );
    await velero.backup(site, []);
    await planFile(site, { databases: [{ name: 'load', manifests: { paths: [`${site}/load.yaml`] } }] });
    const live = () => kube.get({ apiVersion: 'batch/v1', kind: 'Job', namespace: site, name: 'load' });

    await withRealWorker(async () => {
      const handle = await start({ plan: site });
      const { recovery = '' } = await untilView(handle, ({ tiers }) => tiers[4]?.steps[0]?.state === 'gating');
      const uid = (await live())?.metadata.uid;
      await handle.executeUpdate(updateNames.abort, { args: [ana] });
      const { leftBehind } = await reportOfFailure(handle);

      expect(valueAt(await live(), 'spec', 'suspend')).toBe(true);
      expect(leftBehind).toContain(`databases/load: Job ${site}/load was still at work and was suspended`);

      const second = await start({ resume: recovery });
      await untilView(second, ({ tiers }) => tiers[4]?.steps[0]?.state === 'gating');
      const goesOn = await live();
      expect([goesOn?.metadata.uid, valueAt(goesOn, 'spec', 'suspend')]).toEqual([uid, false]);
      expect(goesOn?.metadata.annotations).not.toHaveProperty(['rekindle.dev/stopped-by']);
      await second.executeUpdate(updateNames.abort, { args: [{ undo: true, ...ana }] });
      const undone = await reportOfFailure(second);

      expect(await live()).toBeUndefined();
      expect(undone.leftBehind).toContain(`databases/load: Job ${site}/load was still at work and was removed`);
    });
  });
});
