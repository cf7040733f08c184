/** How each thing dies, and how it comes back. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitReady, waitUntil } from '../../lab/sites/cluster.ts';
import { veleroNamespace } from '../../lab/sites/velero.ts';
import { listAt, numberAt, textAt } from '../../src/kube/read.ts';
import { killInPods, machineOf } from '../support/lab-machine.ts';
import type { Fault } from './matrix.ts';
import type { ChaosStage } from './stage.ts';

/** How long a thing stays away that the test brings back. */
const awayMs = 5_000;
const cutMs = 8_000;

/** Something that has died. */
export interface Struck {
  /** ms since the epoch. */
  readonly at: number;
  /** Settles when what died serves again. */
  readonly back: Promise<number>;
  /** The worker that died. */
  readonly worker?: string;
}

/** Strikes. `busy`: the worker that counts at this moment. */
export async function strike(stage: ChaosStage, fault: Fault, busy: string | undefined): Promise<Struck> {
  switch (fault) {
    case 'worker': {
      const at = Date.now();
      const { identity } = await stage.killWorker(busy);
      return { at, worker: identity, back: stage.hire().then(() => Date.now()) };
    }
    case 'one-of-two': {
      const at = Date.now();
      const { identity } = await stage.killWorker(busy);
      return { at, worker: identity, back: Promise.resolve(at) };
    }
    case 'temporal': {
      const at = Date.now();
      await stage.killTemporal();
      return {
        at,
        back: sleep(awayMs)
          .then(() => stage.startTemporal())
          .then(() => Date.now()),
      };
    }
    case 'api-server':
      return killDaemon(stage, 'kube-apiserver');
    case 'etcd':
      return killDaemon(stage, 'etcd');
    case 'velero':
      return killContainer(stage, {
        namespace: veleroNamespace,
        label: 'deploy=velero',
        command: ['/velero', 'server'],
      });
    case 'database':
      return killContainer(stage, {
        namespace: 'chaos-data',
        label: 'app=keys',
        command: ['redis-server', '/etc/keys/redis.conf'],
      });
    case 'network': {
      const at = Date.now();
      return { at, back: stage.door.cut(cutMs).then(() => Date.now()) };
    }
    default:
      return fault satisfies never;
  }
}

/** A process of the control plane, started again with the very command line that it had. */
async function killDaemon(stage: ChaosStage, name: string): Promise<Struck> {
  const machine = await machineOf(stage.lab);
  const mark = machine.daemons.mark(name);
  if (mark === undefined) throw new Error(`the lab has no ${name}`);
  const argv = readFileSync(`/proc/${mark.pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  const at = Date.now();
  await machine.killDaemon(name);
  const back = async (): Promise<number> => {
    await sleep(awayMs);
    machine.daemons.start({ name, argv });
    await served(stage);
    return Date.now();
  };
  return { at, back: back() };
}

async function served(stage: ChaosStage): Promise<void> {
  const end = Date.now() + 120_000;
  for (let why = await whyNoApi(stage); why !== undefined; why = await whyNoApi(stage)) {
    if (Date.now() > end) throw new Error(`the API server does not serve: ${why}`);
    await sleep(100);
  }
}

async function whyNoApi({ kube }: ChaosStage): Promise<string | undefined> {
  try {
    const seen = await kube.get({ apiVersion: 'v1', kind: 'Namespace', name: 'default' }, { timeoutMs: 2_000 });
    return seen === undefined ? 'it knows no namespace default' : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Victim {
  readonly namespace: string;
  readonly label: string;
  readonly command: readonly string[];
}

/** The container's process dies by SIGKILL; the kubelet starts it again. */
async function killContainer(stage: ChaosStage, victim: Victim): Promise<Struck> {
  const before = await containers(stage, victim);
  const at = Date.now();
  const killed = killInPods(stage.lab, victim.command);
  if (killed !== 1) throw new Error(`${killed} processes are ${victim.command.join(' ')}, one was to be killed`);
  const back = waitUntil(`${victim.command[0] ?? ''} was not started again`, 120_000, async () => {
    const now = await containers(stage, victim);
    return now.ready && now.restarts > before.restarts
      ? undefined
      : `${now.restarts} restarts, ${now.ready ? 'ready' : 'not ready'}`;
  });
  return { at, back: back.then(() => Date.now()) };
}

async function containers(
  { kube }: ChaosStage,
  { namespace, label }: Victim,
): Promise<{ restarts: number; ready: boolean }> {
  const { items } = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector: label });
  const statuses = items.flatMap((pod) => listAt(pod, 'status', 'containerStatuses'));
  const restarts = Math.max(0, ...statuses.map((status) => numberAt(status, 'restartCount') ?? 0));
  return { restarts, ready: items.length > 0 && items.every(isReady) };
}

function isReady(pod: unknown): boolean {
  return listAt(pod, 'status', 'conditions').some(
    (one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True',
  );
}

/** A container that was killed often waits longer and longer before it is started again: a new pod begins anew. */
export async function renewVelero({ kube }: ChaosStage): Promise<void> {
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: veleroNamespace, name: 'velero' };
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
  await kube.patch(ref, 'merge', { spec: { template: { metadata: { annotations } } } });
  await waitReady(kube, 'Deployment', veleroNamespace, 'velero', 120_000);
}
