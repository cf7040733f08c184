/**
 * A small site for the real Velero in a lab: a workload with a file of random bytes on a volume, and its Backups by CSI
 * snapshot, file by file and by the data mover. Restores go into namespaces of their own, so the site itself stays.
 */
import { randomUUID } from 'node:crypto';
import type { LabInfo } from '../../lab/lab.ts';
import { csiDriverName } from '../../lab/addons/csi.ts';
import { applyAll, execIn, podWith, waitReady, waitUntil } from '../../lab/sites/cluster.ts';
import { completeVelero, veleroNamespace } from '../../lab/sites/velero.ts';
import type { DriverContext, Progress } from '../../src/drivers/driver.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import { listAt, numberAt, textAt } from '../../src/kube/read.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import type { PinnedBackup } from '../../src/model/backup.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { TierName } from '../../src/model/tiers.ts';
import { readInventory } from '../../src/velero/inventory.ts';
import { observeRestore } from '../../src/velero/observe.ts';
import { type RestoreHandle, startRestore } from '../../src/velero/restore.ts';
import { VeleroSpec } from '../../src/velero/spec.ts';
import { type Patience, patience } from '../../src/velero/stuck.ts';
import { contextOf, planOf } from './driver-context.ts';
import { killInPods } from './lab-machine.ts';

/** Images that every lab has, both with a shell in them. */
export const images = {
  pause: 'docker.io/rekindle-lab/pause:1',
  velero: 'docker.io/rekindle-lab/velero:1.18.3',
} as const;

/** The file's size: enough to be seen on its way. */
export const megabytes = 24;

/** The site's namespace. */
export const store = 'store';

/** Signs that are otherwise waited for a minute: a lab has nothing else to do. */
export const impatient: Patience = {
  ...patience,
  consumerMs: 8_000,
  helperMs: 8_000,
  agentMs: 8_000,
  deletionMs: 4_000,
};

const kinds = {
  claim: { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
  pod: { apiVersion: 'v1', kind: 'Pod' },
  namespace: { apiVersion: 'v1', kind: 'Namespace' },
} as const;

/** A lab's cluster with the site in it and its Backups. */
export class VeleroLab {
  readonly kube: KubeClient;
  readonly clusters: ClusterSource;
  /** What the file's sum is. */
  readonly sum: string;
  private readonly lab: LabInfo;
  private readonly firstWriteAt = new Date().toISOString();

  private constructor(lab: LabInfo, clusters: ClusterSource, kube: KubeClient, sum: string) {
    this.lab = lab;
    this.clusters = clusters;
    this.kube = kube;
    this.sum = sum;
  }

  static async fill(lab: LabInfo): Promise<VeleroLab> {
    const clusters = clustersFromKubeconfig(lab.kubeconfig);
    const kube = clusters.client(lab.context);
    await applyAll(kube, siteObjects());
    await waitReady(kube, 'Deployment', store, 'app', 120_000);
    const door = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: store, name: 'door' };
    const status = { loadBalancer: { ingress: [{ hostname: 'door.lost.example' }] } };
    await kube.patch(door, 'merge', { status }, { subresource: 'status' });
    await waitAgent(kube);
    return new VeleroLab(lab, clusters, kube, await sumIn(kube, store));
  }

  /** Takes a Backup of the site. */
  async backUp(name: string, how: { readonly [field: string]: unknown }): Promise<void> {
    await completeVelero(this.kube, 'Backup', name, {
      includedNamespaces: [store],
      includeClusterResources: true,
      storageLocation: 'default',
      ...how,
    });
  }

  async pinned(name: string): Promise<PinnedBackup> {
    const ref = { namespace: veleroNamespace, name };
    const backup = await this.kube.get({ apiVersion: 'velero.io/v1', kind: 'Backup', ...ref });
    return {
      ...ref,
      storageLocation: 'default',
      startTimestamp: textAt(backup, 'status', 'startTimestamp') ?? '',
      phase: textAt(backup, 'status', 'phase') ?? '',
    };
  }

  /** A step of a recovery of its own that restores the site into a namespace of its own. */
  async step(of: StepOfLab): Promise<LabStep> {
    const target = of.target ?? `store-${randomUUID().slice(0, 6)}`;
    const mapping = target === store ? {} : { namespaceMapping: { [store]: target } };
    const spec = VeleroSpec.parse({ ...mapping, ...of.spec });
    const { tier = 'databases' } = of;
    const backup = await this.pinned(of.backup);
    const steps = [{ tier, name: 'all', driver: 'velero' as const, spec }];
    const contents = readInventory(this.kube, backup, AbortSignal.timeout(60_000));
    const context = (acceptedErrors?: DriverContext['acceptedErrors']): DriverContext => ({
      ...contextOf({
        kube: this.kube,
        plan: planOf([target], steps, of.plan),
        step: 'all',
        recovery: of.recovery ?? `store-${randomUUID().slice(0, 8)}`,
        backup,
        inventory: () => contents,
        firstWriteAt: this.firstWriteAt,
        generation: of.generation ?? 1,
        attempt: of.attempt ?? 1,
      }),
      signal: AbortSignal.timeout(300_000),
      ...(acceptedErrors ? { acceptedErrors } : {}),
    });
    const ctx = context();
    return new LabStep(ctx, spec, target);
  }

  /** The sum of the file in a restored site, as its own shell reckons it. */
  sumIn(namespace: string): Promise<string> {
    return sumIn(this.kube, namespace);
  }

  /** Names of the files on a restored site's volume. */
  async listFiles(namespace: string): Promise<readonly string[]> {
    await waitReady(this.kube, 'Deployment', namespace, 'app', 120_000);
    const pod = await podWith(this.kube, namespace, 'app=app');
    const text = await execIn(this.kube, { namespace, pod, container: 'app' }, ['/bin/busybox', 'ls', '/data']);
    return text.split('\n');
  }

  /** Starts a workload on the claim of a site that was restored without one. */
  async consume(namespace: string): Promise<void> {
    for (const object of siteObjects().filter(({ kind }) => kind === 'Deployment'))
      await this.kube.create({ ...object, metadata: { ...object.metadata, namespace } });
  }

  /** Which image Velero's helper in restored pods comes from; undefined: its server's. */
  async helperImage(image: string | undefined): Promise<void> {
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: veleroNamespace, name: 'restore-helper' };
    await this.kube.remove(ref);
    if (image === undefined) return;
    const labels = { 'velero.io/plugin-config': '', 'velero.io/pod-volume-restore': 'RestoreItemAction' };
    const metadata = { name: ref.name, namespace: ref.namespace, labels };
    await this.kube.create({ apiVersion: ref.apiVersion, kind: ref.kind, metadata, data: { image } });
  }

  /** Velero's server dies with SIGKILL: a pod that is deleted ends in order, and calls its Restore PartiallyFailed. */
  async killVelero(): Promise<void> {
    const restarts = async (): Promise<number> => {
      const options = { namespace: veleroNamespace, labelSelector: 'deploy=velero' };
      const { items } = await this.kube.list({ apiVersion: 'v1', kind: 'Pod' }, options);
      const statuses = items.flatMap((pod) => listAt(pod, 'status', 'containerStatuses'));
      return Math.max(0, ...statuses.map((status) => numberAt(status, 'restartCount') ?? 0));
    };
    const before = await restarts();
    if (killInPods(this.lab, ['/velero', 'server']) !== 1) throw new Error("there is no process of Velero's server");
    await waitUntil("Velero's server was not started again", 120_000, async () =>
      (await restarts()) > before ? undefined : 'its container has not restarted',
    );
    await waitReady(this.kube, 'Deployment', veleroNamespace, 'velero', 120_000);
  }

  /** Removes a namespace with all that is in it. */
  async dropNamespace(name: string): Promise<void> {
    const ref = { ...kinds.namespace, name };
    await this.kube.remove(ref);
    await waitUntil(`namespace ${name} is still there`, 120_000, async () =>
      (await this.kube.get(ref)) === undefined ? undefined : 'its objects are being deleted',
    );
  }

  /** As an operator does it: its pod is replaced. */
  async restartVelero(): Promise<void> {
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: veleroNamespace, name: 'velero' };
    const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
    await this.kube.patch(ref, 'merge', { spec: { template: { metadata: { annotations } } } });
    await waitReady(this.kube, 'Deployment', veleroNamespace, 'velero', 120_000);
  }

  get(apiVersion: string, kind: string, namespace: string, name: string): Promise<KubeObject | undefined> {
    return this.kube.get({ apiVersion, kind, namespace, name });
  }
}

/** What a test says of a step. */
export interface StepOfLab {
  readonly backup: string;
  readonly spec: JsonObject;
  readonly tier?: TierName;
  /** Default: a new one. */
  readonly target?: string;
  readonly recovery?: string;
  readonly generation?: number;
  readonly attempt?: number;
  readonly plan?: Partial<Plan>;
}

/** A step that can be started and looked at. */
export class LabStep {
  readonly ctx: DriverContext;
  readonly spec: VeleroSpec;
  readonly target: string;
  /** Every reason that a look gave while it waited. */
  readonly reasons: string[] = [];

  constructor(ctx: DriverContext, spec: VeleroSpec, target: string) {
    this.ctx = ctx;
    this.spec = spec;
    this.target = target;
  }

  start(): Promise<RestoreHandle> {
    return startRestore(this.ctx, this.spec);
  }

  look(handle: RestoreHandle, more: Partial<DriverContext> = {}, spec = this.spec): Promise<Progress> {
    return observeRestore({ ...this.ctx, ...more }, spec, handle, impatient);
  }

  /** Looks until it is no longer running. */
  async end(handle: RestoreHandle, limitMs = 240_000): Promise<Progress> {
    let progress: Progress | undefined;
    await waitUntil(`Restore ${handle.restore.name} did not end`, limitMs, async () => {
      progress = await this.look(handle);
      if (progress.state !== 'running') return undefined;
      if (this.reasons.at(-1) !== progress.reason) this.reasons.push(progress.reason);
      return progress.reason;
    });
    if (!progress) throw new Error('nothing was seen');
    return progress;
  }

  /** Looks until a reason to wait reads so. */
  untilReason(handle: RestoreHandle, words: RegExp, limitMs = 120_000): Promise<void> {
    return waitUntil(`no reason reads ${words.source}`, limitMs, async () => {
      const progress = await this.look(handle);
      if (progress.state !== 'running') return `it is ${progress.state}`;
      return words.test(progress.reason) ? undefined : progress.reason;
    });
  }

  async run(): Promise<Progress> {
    return this.end(await this.start());
  }
}

/** A plan, as a file holds it, that brings the whole site back into another namespace; a check compares the file's sum. */
export function planOfStore(cluster: string, target: string, backup: string, sum: string): JsonObject {
  const namespaceMapping = { [store]: target };
  const bytes = {
    name: 'bytes-are-back',
    asserts: 'data',
    exec: {
      podSelector: { app: 'app' },
      command: ['/bin/busybox', 'sha256sum', '/data/blob'],
      expect: { contains: sum },
    },
    timeout: '2m',
  };
  const timeout = '5m';
  return {
    apiVersion: 'rekindle.dev/v1alpha1',
    kind: 'RestorePlan',
    metadata: { name: 'store' },
    spec: {
      site: 'store',
      cluster,
      namespaces: [target],
      stableFor: '500ms',
      velero: { backup },
      approval: { beforePhaseTwo: false },
      tiers: {
        namespaces: [{ name: 'basics', velero: { namespaceMapping }, timeout }],
        databases: [
          {
            name: 'store',
            velero: { includedResources: ['pvc', 'deploy'], namespaceMapping },
            timeout,
            checks: [bytes],
          },
        ],
        ingress: [
          {
            name: 'door',
            velero: {
              includedResources: ['services', 'ingresses'],
              restoreStatus: { includedResources: ['ingresses'] },
              namespaceMapping,
            },
            timeout,
          },
        ],
      },
    },
  };
}

async function waitAgent(kube: KubeClient): Promise<void> {
  await waitUntil("Velero's node agent does not run", 240_000, async () => {
    const { items } = await kube.list(kinds.pod, { namespace: veleroNamespace, labelSelector: 'name=node-agent' });
    const [agent] = items;
    return textAt(agent, 'status', 'phase') === 'Running' ? undefined : (textAt(agent, 'status', 'phase') ?? 'no pod');
  });
}

/** The sum of the file in a namespace of any cluster, as the workload's own shell reckons it. */
export async function sumIn(kube: KubeClient, namespace: string): Promise<string> {
  await waitReady(kube, 'Deployment', namespace, 'app', 120_000);
  const pod = await podWith(kube, namespace, 'app=app');
  const text = await execIn(kube, { namespace, pod, container: 'app' }, ['/bin/busybox', 'sha256sum', '/data/blob']);
  return text.split(' ')[0] ?? '';
}

const write = `test -e /data/blob || /bin/busybox dd if=/dev/urandom of=/data/blob bs=1M count=${megabytes}; exec /bin/busybox sleep 1000000`;

function siteObjects(): KubeObject[] {
  const labels = { app: 'app' };
  const shell = ['/bin/busybox', 'sh', '-c', write];
  const container = {
    name: 'app',
    image: images.pause,
    imagePullPolicy: 'Never',
    command: shell,
    readinessProbe: { exec: { command: ['/bin/busybox', 'test', '-s', '/data/blob'] }, periodSeconds: 1 },
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  };
  const podSpec = {
    terminationGracePeriodSeconds: 0,
    containers: [container],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
  };
  const inStore = (apiVersion: string, kind: string, name: string, more: object): KubeObject => ({
    apiVersion,
    kind,
    metadata: { name, namespace: store },
    ...more,
  });
  return [
    { ...kinds.namespace, metadata: { name: store } },
    inStore('v1', 'ConfigMap', 'settings', { data: { mode: 'production' } }),
    inStore('v1', 'PersistentVolumeClaim', 'data', {
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'lab', resources: { requests: { storage: '100Mi' } } },
    }),
    inStore('v1', 'Service', 'app', { spec: { type: 'NodePort', selector: labels, ports: [{ port: 80 }] } }),
    inStore('apps/v1', 'Deployment', 'app', {
      spec: {
        strategy: { type: 'Recreate' },
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podSpec },
      },
    }),
    inStore('networking.k8s.io/v1', 'Ingress', 'door', {
      // Of a class that nobody serves: its status stays as it is written.
      spec: { ingressClassName: 'nobody', defaultBackend: { service: { name: 'app', port: { number: 80 } } } },
    }),
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'lab-now' },
      provisioner: csiDriverName,
      volumeBindingMode: 'Immediate',
    },
  ];
}
