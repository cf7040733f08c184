import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import { startWorkerProcess, type WorkerProcess } from '../../src/cli/worker-process.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import { recoverSiteType, taskQueue, type Waiting } from '../../src/model/run.ts';
import { type Gateway, openGateway } from '../support/gateway.ts';
import type { RecoverHandle } from '../support/real-worker.ts';
import { useTemporal } from '../support/temporal.ts';
import { startVeleroStandIn, type VeleroStandIn } from '../support/velero-stand-in.ts';

/** Seconds after which a worker standing by must have gone on: heartbeat timeout 4, pause before the retry 0.5, the rest the machine. */
const goOnWithin = 6;
/** Seconds after SIGTERM until another worker has gone on. */
const handOverWithin = 2;
/** What is measured against a limit counts by its best of three: a machine that stands still only ever adds. */
const bestOfThree = { retry: 2 };

// Each test starts workers of its own, which bundle the workflows: seconds on an idle machine, most of a minute on a busy one.
describe('a worker killed with SIGKILL', { timeout: 240_000 }, () => {
  const temporal = useTemporal();
  let clusters: ClusterSource;
  let kube: KubeClient;
  let velero: VeleroStandIn;
  let gateway: Gateway;
  let folder: string;
  const workers: WorkerProcess[] = [];

  beforeAll(async () => {
    const lab = inject('lab');
    clusters = clustersFromKubeconfig(lab.kubeconfig);
    kube = clusters.client(lab.context);
    velero = await startVeleroStandIn(lab, kube, 'velero-crash');
    gateway = await openGateway(lab.kubeconfig);
    folder = await mkdtemp(join(tmpdir(), 'rekindle-crash-'));
    await writeFile(join(folder, 'kubeconfig'), gateway.kubeconfig(['dr']), { mode: 0o600 });
  });
  afterEach(async () => {
    gateway.rule(() => 'pass');
    velero.pause(false);
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  });
  afterAll(async () => {
    await gateway.close();
    await velero.stop();
    await clusters.close();
    await rm(folder, { recursive: true, force: true });
  });

  const aWorker = async (): Promise<WorkerProcess> => {
    const { address, namespace } = inject('temporal');
    const environment = {
      ...process.env,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      REKINDLE_PLANS: folder,
      REKINDLE_KUBECONFIG: join(folder, 'kubeconfig'),
      REKINDLE_STATE: folder,
    };
    const worker = await startWorkerProcess({ environment, logFile: join(folder, 'worker.log'), tied: true });
    workers.push(worker);
    return worker;
  };
  const configMap = (namespace: string, name: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data: { name },
  });
  /** One velero step that restores two ConfigMaps, and a check that holds its gate until `open` is there. */
  const aSite = async (): Promise<string> => {
    const site = `c-${randomUUID().slice(0, 8)}`;
    await velero.backup(
      site,
      ['a', 'b'].map((name) => ({ resource: 'configmaps', object: configMap(site, name) })),
    );
    const step = {
      name: 'settings',
      velero: { includedResources: ['configmaps'] },
      checks: [
        { name: 'open', resourceExists: { apiVersion: 'v1', kind: 'ConfigMap', namespace: site, name: 'open' } },
      ],
    };
    const spec = {
      site,
      cluster: 'dr',
      namespaces: [site],
      stableFor: '200ms',
      velero: { namespace: velero.namespace, backup: site },
      tiers: { applications: [step] },
    };
    await writeFile(
      join(folder, `${site}.yaml`),
      stringify({ apiVersion: 'rekindle.dev/v1alpha1', kind: 'RestorePlan', metadata: { name: site }, spec }),
    );
    return site;
  };
  const start = (site: string): Promise<RecoverHandle> =>
    temporal.client.workflow.start(recoverSiteType, {
      taskQueue,
      workflowId: `crash-${site}`,
      args: [{ plan: site, onFailure: 'abort' }],
    });
  const open = (site: string) => kube.create(configMap(site, 'open'));
  const untilWaiting = async (handle: RecoverHandle, is: (waiting: Waiting) => boolean): Promise<void> => {
    for (let look = 0; look < 400; look += 1) {
      const { raw } = await handle.describe();
      for (const activity of raw.pendingActivities ?? []) {
        const payload = activity.heartbeatDetails?.payloads?.[0]?.data;
        if (payload && is(JSON.parse(Buffer.from(payload).toString()) as Waiting)) return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('no activity ever waited for it');
  };
  const killed = async (worker: WorkerProcess): Promise<void> => {
    worker.kill();
    expect(await worker.ended).toBe('signal SIGKILL');
  };

  /** What must be true however the worker died. */
  const expectOneOfEach = async (handle: RecoverHandle, site: string, within = Infinity): Promise<void> => {
    const report = await handle.result();
    expect(report.outcome).toBe('inconclusive'); // the plan asserts no data
    expect(report.tiers[6]?.steps[0]).toMatchObject({ state: 'done', generation: 1, attempts: 1 });
    expect(report.completeness).toMatchObject({ backedUp: 2, created: 2, missing: [] });
    const names = (await velero.restores())
      .map((restore) => restore.metadata.name)
      .filter((name) => name.startsWith(site));
    expect(names).toEqual([`${report.recovery}-applications-settings-g1`]);
    expect(report.workerCrashes).toBe(1);
    const seconds = report.crashes[0]?.seconds ?? Number.NaN;
    process.stderr.write(
      `killed while ${expect.getState().currentTestName?.split('killed with SIGKILL ').at(-1) ?? ''}: work went on after ${seconds} s\n`,
    );
    expect(seconds).toBeLessThan(within);
    expect(report.times.crash).toBeGreaterThan(0);
  };

  // Either way the Restore is there and nobody knows its handle: the next worker finds it by its name and adopts it.
  it.each([
    ['after the Restore was sent, before its answer came', 'POST', '/restores'],
    ['after the Restore was made, before the ledger had its handle', 'PATCH', '/configmaps/rekindle-'],
  ])('%s: the next one adopts it', async (_, swallowedMethod, swallowedPath) => {
    const site = await aSite();
    const first = await aWorker();
    let sent = false;
    gateway.rule(({ method, path }) => {
      sent ||= method === 'POST' && path.includes('/restores');
      return sent && method === swallowedMethod && path.includes(swallowedPath) ? 'swallow the answer' : 'pass';
    });
    const handle = await start(site);
    await gateway.swallowed();
    await killed(first);
    gateway.rule(() => 'pass');

    await aWorker();
    await untilWaiting(handle, ({ waitsFor }) => waitsFor === 'gate');
    await open(site);

    await expectOneOfEach(handle, site);
  });

  it('while the Restore was under way, with a second worker standing by', bestOfThree, async () => {
    const site = await aSite();
    velero.pause(true);
    const first = await aWorker();
    const handle = await start(site);
    await untilWaiting(
      handle,
      ({ waitsFor, worker, reason }) => waitsFor === 'restore' && worker === first.identity && reason !== 'begins',
    );
    await aWorker();
    await killed(first);
    await untilWaiting(handle, ({ worker }) => worker !== first.identity);
    velero.pause(false);
    await untilWaiting(handle, ({ waitsFor }) => waitsFor === 'gate');
    await open(site);

    await expectOneOfEach(handle, site, goOnWithin);
  });

  it('while the gate waited', async () => {
    const site = await aSite();
    const first = await aWorker();
    const handle = await start(site);
    await untilWaiting(handle, ({ waitsFor }) => waitsFor === 'gate');
    await killed(first);
    await aWorker();
    await untilWaiting(handle, ({ worker }) => worker !== first.identity);
    await open(site);

    await expectOneOfEach(handle, site);
  });

  it('is no crash when it is stopped with SIGTERM: it hands over', bestOfThree, async () => {
    const site = await aSite();
    const first = await aWorker();
    const handle = await start(site);
    await untilWaiting(handle, ({ waitsFor }) => waitsFor === 'gate');
    await aWorker();
    const before = Date.now();
    const [seconds] = await Promise.all([
      untilWaiting(handle, ({ worker }) => worker !== first.identity).then(() => (Date.now() - before) / 1000),
      first.stop(),
    ]);
    process.stderr.write(`SIGTERM: handed over after ${seconds} s\n`);
    expect(seconds, 'seconds until the other worker had gone on').toBeLessThan(handOverWithin);
    await open(site);
    const report = await handle.result();

    expect(report.workerCrashes).toBe(0);
    expect(report.tiers[6]?.steps[0]).toMatchObject({ state: 'done', generation: 1, attempts: 1 });
  });
});
