import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import type { Report } from '../../src/model/report.ts';
import { recoverSiteType, updateNames } from '../../src/model/run.ts';
import { runCli } from '../support/cli.ts';
import { template } from '../support/quiesce-site.ts';
import { realActivities, type RecoverHandle, untilView } from '../support/real-worker.ts';
import { useTemporal } from '../support/temporal.ts';

const ana = { by: 'ana', reason: 'looked at it' };
const pods = {
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'x', image: 'x.invalid/x:1' }] } } },
};

describe('a run that quiesces, on a real API server', () => {
  const temporal = useTemporal();
  let clusters: ClusterSource;
  let kube: KubeClient;
  let plansFolder: string;
  let site: string;

  beforeAll(async () => {
    const lab = inject('lab');
    clusters = clustersFromKubeconfig(lab.kubeconfig);
    kube = clusters.client(lab.context);
    plansFolder = await mkdtemp(join(tmpdir(), 'rekindle-plans-'));
  });
  afterAll(async () => {
    await clusters.close();
    await rm(plansFolder, { recursive: true, force: true });
  });

  const cronJob = (name: string): KubeObject => ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, namespace: site },
    spec: { schedule: '0 1 * * *', jobTemplate: pods },
  });
  const worker = (): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'worker', namespace: site },
    spec: { replicas: 2, ...template },
  });
  /** One CronJob is there; another one and a Deployment come by the restore. Phase two waits for an approval. */
  beforeEach(async () => {
    site = `q-${randomUUID().slice(0, 8)}`;
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: site } });
    await kube.create(cronJob('there'));
    const plan = {
      apiVersion: 'rekindle.dev/v1alpha1',
      kind: 'RestorePlan',
      metadata: { name: site },
      spec: {
        site,
        cluster: inject('lab').context,
        namespaces: [site],
        stableFor: '100ms',
        approval: { beforePhaseTwo: true },
        quiesce: [{ kind: 'CronJob' }, { kind: 'Deployment', names: ['worker'] }],
        tiers: {
          storage: [{ name: 'batch', manifests: { paths: [`${site}/batch.yaml`] } }],
          applications: [{ name: 'settings', manifests: { paths: [`${site}/settings.yaml`] } }],
        },
      },
    };
    const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: site } };
    await mkdir(join(plansFolder, site));
    await writeFile(join(plansFolder, `${site}.yaml`), stringify(plan));
    await writeFile(
      join(plansFolder, site, 'batch.yaml'),
      [cronJob('comes'), worker()].map((one) => stringify(one)).join('---\n'),
    );
    await writeFile(join(plansFolder, site, 'settings.yaml'), stringify(settings));
  });

  const start = (): Promise<RecoverHandle> =>
    temporal.client.workflow.start(recoverSiteType, {
      taskQueue: temporal.taskQueue(),
      workflowId: temporal.workflowId(),
      args: [{ plan: site }],
    });
  const withRealWorker = <T>(work: () => Promise<T>): Promise<T> =>
    temporal.withWorker(
      { ...realActivities(temporal, clusters, plansFolder, 'in-process', inject('temporal').address) },
      work,
    );
  const quiet = async (name: string, kind: 'CronJob' | 'Deployment' = 'CronJob'): Promise<boolean> => {
    const apiVersion = kind === 'CronJob' ? 'batch/v1' : 'apps/v1';
    const found = await kube.get({ apiVersion, kind, namespace: site, name });
    const { suspend, replicas } = (found?.['spec'] ?? {}) as { suspend?: boolean; replicas?: number };
    return kind === 'CronJob' ? suspend === true : replicas === 0;
  };
  const allQuiet = async (): Promise<readonly boolean[]> =>
    Promise.all([quiet('there'), quiet('comes'), quiet('worker', 'Deployment')]);
  const awaiting = async (): Promise<RecoverHandle> => {
    const handle = await start();
    await untilView(handle, (seen) => seen.state === 'awaiting-approval', 40_000);
    return handle;
  };
  const all = ['worker', 'there', 'comes'];

  it('stops what is there and what comes, lets its gates pass, and puts all of it back at the end', async () => {
    const report = await withRealWorker(async (): Promise<Report> => {
      const handle = await awaiting();
      expect(await allQuiet()).toEqual([true, true, true]);
      await handle.executeUpdate(updateNames.approve, { args: [ana] });
      return handle.result();
    });

    expect(await allQuiet()).toEqual([false, false, false]);
    expect(report.quiesce?.map(({ name, state }) => `${name} ${state}`)).toEqual(all.map((name) => `${name} put back`));
    expect(report.exceptions).toEqual([]);
    const worker = await kube.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: site, name: 'worker' });
    expect(worker).toMatchObject({ spec: { replicas: 2 } });
    expect(worker?.metadata.annotations).not.toHaveProperty(['rekindle.dev/quiesced-by']);
  });

  it.each(['abort', 'cancellation'])('puts all of it back on %s', async (how) => {
    const failed = await withRealWorker(async () => {
      const handle = await awaiting();
      expect(await allQuiet()).toEqual([true, true, true]);
      if (how === 'abort') await handle.executeUpdate(updateNames.abort, { args: [ana] });
      else await handle.cancel();
      return handle.result().catch((error: unknown) => error);
    });

    expect(failed).toBeInstanceOf(WorkflowFailedError);
    const [report] = ((failed as WorkflowFailedError).cause as ApplicationFailure).details as [Report];
    expect(report.quiesce?.map(({ name, state }) => `${name} ${state}`)).toEqual(all.map((name) => `${name} put back`));
    expect(await allQuiet()).toEqual([false, false, false]);
  });

  it('that is terminated leaves it stopped: put-back refuses before, and repairs after', async () => {
    const { kubeconfig, context } = inject('lab');
    const { address, namespace } = inject('temporal');
    const putBack = () =>
      runCli(
        ['put-back', site, '--context', context, '-o', 'json'],
        { KUBECONFIG: kubeconfig, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace },
        plansFolder,
      );
    await withRealWorker(async () => {
      const handle = await awaiting();
      const refused = await putBack();
      expect(refused).toMatchObject({ code: 3, stdout: '' });
      expect(refused.stderr).toContain(`is open and holds site ${site}`);
      expect(await allQuiet()).toEqual([true, true, true]);
      await handle.terminate('test');
    });
    expect(await allQuiet()).toEqual([true, true, true]);

    const repaired = await putBack();

    expect(repaired).toMatchObject({ code: 0 });
    expect(JSON.parse(repaired.stdout)).toMatchObject({ site, left: 0, recoveries: [{ ledger: true }] });
    expect(await allQuiet()).toEqual([false, false, false]);
  });
});
