import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { status, up } from '../../lab/lab.ts';
import { childrenOf } from '../../lab/machine.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import { recoverSiteType, type RunView, updateNames } from '../../src/model/run.ts';
import { type BrokenStep, deploymentOf, writeBrokenPlan } from '../support/broken-steps.ts';
import { realActivities, type RecoverHandle, untilView } from '../support/real-worker.ts';
import { useSite } from '../support/site.ts';
import { useTemporal } from '../support/temporal.ts';

const sleeps = { command: ['sleep', '3600'] };
const shop = { app: 'shop' };

/** A check that runs a command in the one pod that is well. */
function execCheck(command: readonly string[], more: object = {}, budget: object = { timeout: '5s' }) {
  return { name: 'asks', exec: { podSelector: shop, command, ...more }, attemptTimeout: '2s', ...budget };
}

/** Each fault is a step of its own; the pattern is what the operator reads in the step's hold. */
const faults: readonly (BrokenStep & { readonly reads: RegExp })[] = [
  {
    name: 'crash-loop',
    objects: [deploymentOf('crash-loop', { command: ['sh', '-c', 'echo the disk is on fire; exit 3'] })],
    reads: /Deployment faults\/crash-loop: .*pod crash-loop-\S+: .*container main,? exit code 3/,
  },
  {
    name: 'crash-in-init',
    objects: [
      deploymentOf('crash-in-init', sleeps, {
        initContainers: [
          {
            name: 'prepare',
            image: 'docker.io/rekindle-lab/redis:7.0',
            imagePullPolicy: 'IfNotPresent',
            command: ['false'],
          },
        ],
      }),
    ],
    reads: /Deployment faults\/crash-in-init: .*init container prepare,? exit code 1/,
  },
  {
    name: 'no-image',
    objects: [deploymentOf('no-image', { ...sleeps, image: 'docker.io/rekindle-lab/no-such:1' })],
    reads: /Deployment faults\/no-image: .*(ImagePullBackOff|ErrImagePull) in container main.*no-such:1/,
  },
  {
    name: 'no-node',
    objects: [deploymentOf('no-node', sleeps, { nodeSelector: { disk: 'golden' } })],
    reads: /Deployment faults\/no-node: .*finds no node for \d+ s: 0\/1 nodes are available: .*node affinity\/selector/,
  },
  {
    name: 'no-secret',
    objects: [
      deploymentOf('no-secret', {
        ...sleeps,
        env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'nowhere', key: 'k' } } }],
      }),
    ],
    reads: /Deployment faults\/no-secret: .*CreateContainerConfigError in container main: secret "nowhere" not found/,
  },
  {
    name: 'no-quota',
    objects: [
      {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'small' },
        spec: { hard: { pods: '0' }, scopes: ['NotBestEffort'] },
      },
      deploymentOf('no-quota', { ...sleeps, resources: { requests: { memory: '2Mi' } } }),
    ],
    reads: /Deployment faults\/no-quota: .*exceeded quota: small/,
  },
  {
    name: 'no-class',
    objects: [
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'no-class' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'golden',
          resources: { requests: { storage: '1Mi' } },
        },
      },
    ],
    reads: /PersistentVolumeClaim faults\/no-class: .*golden/,
  },
  {
    name: 'nobody',
    objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'nobody' } }],
    checks: [{ ...execCheck(['true']), exec: { podSelector: { app: 'ship' }, command: ['true'] } }],
    reads: /check asks: there is no Pod with app=ship in namespace faults/,
  },
  {
    name: 'no-container',
    objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'no-container' } }],
    checks: [execCheck(['true'], { container: 'sidecar' })],
    reads: /check asks: .*no container sidecar.*main/,
  },
  {
    name: 'no-command',
    objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'no-command' } }],
    checks: [execCheck(['psq1', '-c', 'select 1'])],
    reads: /check asks: .*psq1/,
  },
  {
    name: 'hangs',
    objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'hangs' } }],
    checks: [execCheck(['sleep', '60'])],
    reads: /check asks: the command did not end within the attempt's time limit in Pod faults\/shop-/,
  },
  {
    name: 'floods',
    objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'floods' } }],
    checks: [execCheck(['sh', '-c', 'head -c 1000000 /dev/zero | tr "\\0" x; echo 42'], { expect: { equals: '42' } })],
    reads:
      /check asks: the output is another one than expected, looking at its first 64 KiB; let the command print less/,
  },
];

describe('a recovery whose every step has something wrong', { timeout: 300_000 }, () => {
  const site = useSite();
  const temporal = useTemporal();
  let clusters: ClusterSource;
  let folder: string;

  beforeAll(async () => {
    clusters = clustersFromKubeconfig(site().kubeconfig);
    folder = await mkdtemp(join(tmpdir(), 'rekindle-faults-'));
  });
  afterAll(async () => {
    await clusters.close();
    await rm(folder, { recursive: true, force: true });
  });

  const start = (plan: string): Promise<RecoverHandle> =>
    temporal.client.workflow.start(recoverSiteType, {
      taskQueue: temporal.taskQueue(),
      workflowId: temporal.workflowId(),
      args: [{ plan }],
    });
  const withRealWorker = <T>(work: () => Promise<T>): Promise<T> =>
    temporal.withWorker({ ...realActivities(temporal, clusters, folder) }, work);

  it('is held by each of them, and says of each what is wrong and where', async () => {
    const steps = [{ name: 'shop', objects: [deploymentOf('shop', sleeps)] }, ...faults];
    const plan = { name: 'faults', cluster: site().context, steps };
    await writeBrokenPlan(folder, plan, { degradedFor: '15s' });

    await withRealWorker(async () => {
      const handle = await start('faults');
      const seen: RunView = await untilView(handle, ({ holds }) => holds.length === faults.length, 240_000);
      await handle.executeUpdate(updateNames.abort, { args: [{ by: 'ana', reason: 'seen' }] });

      const read = Object.fromEntries(seen.holds.map(({ step, message }) => [step, message]));
      for (const { name, reads } of faults) expect.soft(read[name], name).toMatch(reads);
      // What a container or a command has printed may be a secret.
      expect(JSON.stringify(seen)).not.toMatch(/xxxx/);
    });
  });

  it('waits through thirty seconds without an API server, says so, and goes on by itself', async () => {
    const lab = site();
    await writeBrokenPlan(folder, {
      name: 'outage',
      cluster: lab.context,
      steps: [
        {
          name: 'web',
          objects: [deploymentOf('web', { command: ['sh', '-c', 'sleep 3600'] })],
          checks: [
            { name: 'open', resourceExists: { apiVersion: 'v1', kind: 'ConfigMap', name: 'open' }, timeout: '5m' },
          ],
        },
      ],
    });

    await withRealWorker(async () => {
      const handle = await start('outage');
      await untilView(handle, ({ tiers }) => tiers[6]?.steps[0]?.reason?.includes('check open') === true, 60_000);
      const processes = (await status({ name: lab.name })).processes.filter(({ name }) => name === 'kube-apiserver');
      expect(processes).toHaveLength(1);
      // What runs under its name is the way into the lab; the API server is its child.
      for (const pid of processes.flatMap((one) => childrenOf(one.pid))) process.kill(pid, 'SIGKILL');
      const dead = Date.now();
      const away = await untilView(
        handle,
        ({ tiers }) => tiers[6]?.steps[0]?.reason?.includes('the cluster does not answer') === true,
        30_000,
      );
      expect(away.state).toBe('phase-two');
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, 30_000 - (Date.now() - dead))));
      await up({ name: lab.name });
      const kube = clusters.client(lab.context);
      await kube.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'open', namespace: 'outage' } });

      const report = await handle.result();

      expect(report.tiers[6]?.steps[0]).toMatchObject({ state: 'done', generation: 1, attempts: 1 });
      expect(report).toMatchObject({ outcome: 'inconclusive', workerCrashes: 0, decisions: [] });
    });
  });
});
