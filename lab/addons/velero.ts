import { apply, getObject, kubectl } from '../api.ts';
import type { Admin } from '../api.ts';
import type { S3Keys } from '../storage.ts';
import { waitFor } from '../run.ts';
import { startNodeAgent } from './velero-node-agent.ts';

const namespace = 'velero';
const images = {
  server: 'docker.io/rekindle-lab/velero:1.18.3',
  plugin: 'docker.io/rekindle-lab/velero-plugin-for-aws:1.14.3',
};
// Velero's defaults are a minute: too long to wait for the Backups of a cluster that was just lost.
const period = '10s';

/** Where Velero keeps its backups. */
export interface BackupStore {
  readonly endpoint: string;
  readonly bucket: string;
  readonly keys: S3Keys;
  /** The backups are another cluster's: Velero here may restore them, and neither add nor delete one. */
  readonly isReadOnly?: boolean;
}

/** Installs Velero's storage location and server; its kinds are there. */
export async function installVelero(admin: Admin, store: BackupStore): Promise<void> {
  await apply(admin, veleroObjects(store));
}

/** Waits until Velero has found its storage location usable and, where there are backups in it, knows them. */
export async function awaitVelero(admin: Admin, hasBackups: boolean): Promise<void> {
  await waitFor('the backup storage location is Available', 240, async () => {
    const status = await locationStatus(admin);
    if (status?.phase === 'Available') return true;
    throw new Error(status?.phase === undefined ? await whyNoServer(admin) : `${status.phase} ${status.message ?? ''}`);
  });
  // Only now: until here the server needs the processors for itself.
  await startNodeAgent(admin, namespace, images.server);
  if (!hasBackups || (await locationStatus(admin))?.lastSyncedTime !== undefined) return;
  // Velero looks for backups when it starts and then once a minute, whatever period is asked for (1.18.3,
  // backup_sync_controller.go:49), and it skips a location that it has not validated yet. Its first look came too
  // early; started again, it finds the location valid and looks at once.
  const before = await serverPods(admin);
  await kubectl(admin, [
    'delete',
    'pod',
    '--namespace',
    namespace,
    '--selector=deploy=velero',
    '--grace-period=1',
    '--wait=false',
  ]);
  await waitFor('Velero has looked for backups', 240, async () => (await locationStatus(admin))?.lastSyncedTime);
  // The look may have been the old server's last: a lab is up when the new one serves.
  await waitFor('the new Velero server is available', 240, async () => {
    const known = new Set(before.map(({ metadata }) => metadata.uid));
    const isNew = (pod: ServerPod): boolean => !known.has(pod.metadata.uid) && isReady(pod);
    return (await serverPods(admin)).some(isNew) && (await availableServers(admin)) > 0 ? true : undefined;
  });
}

interface ServerPod {
  readonly metadata: { readonly uid: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

async function serverPods(admin: Admin): Promise<readonly ServerPod[]> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=deploy%3Dvelero`;
  return ((await getObject(admin, path)) as { items: ServerPod[] }).items;
}

function isReady({ status }: ServerPod): boolean {
  return (status?.conditions ?? []).some((one) => one.type === 'Ready' && one.status === 'True');
}

async function availableServers(admin: Admin): Promise<number> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/velero`;
  const server = (await getObject(admin, path)) as { status?: { availableReplicas?: number } } | undefined;
  return server?.status?.availableReplicas ?? 0;
}

interface LocationStatus {
  readonly phase?: string;
  readonly message?: string;
  readonly lastSyncedTime?: string;
}

async function locationStatus(admin: Admin): Promise<LocationStatus | undefined> {
  const path = `/apis/velero.io/v1/namespaces/${namespace}/backupstoragelocations/default`;
  const location = (await getObject(admin, path)) as { status?: LocationStatus } | undefined;
  return location?.status;
}

async function whyNoServer(admin: Admin): Promise<string> {
  const pods = (await getObject(admin, `/api/v1/namespaces/${namespace}/pods`)) as {
    items: {
      status?: {
        phase?: string;
        containerStatuses?: { state?: unknown }[];
        initContainerStatuses?: { state?: unknown }[];
      };
    }[];
  };
  const states = pods.items.map(({ status }) => [
    status?.phase,
    ...(status?.initContainerStatuses ?? []).map(({ state }) => state),
    ...(status?.containerStatuses ?? []).map(({ state }) => state),
  ]);
  return `Velero's server has not looked yet; its pods: ${JSON.stringify(states)}`;
}

function veleroObjects(store: BackupStore): unknown[] {
  const credentials = `[default]\naws_access_key_id=${store.keys.accessKey}\naws_secret_access_key=${store.keys.secretKey}\n`;
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'velero', namespace } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'velero' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'velero', namespace }],
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'cloud-credentials', namespace },
      stringData: { cloud: credentials },
    },
    {
      apiVersion: 'velero.io/v1',
      kind: 'BackupStorageLocation',
      metadata: { name: 'default', namespace },
      spec: {
        default: true,
        accessMode: store.isReadOnly === true ? 'ReadOnly' : 'ReadWrite',
        provider: 'aws',
        objectStorage: { bucket: store.bucket },
        config: { region: 'us-east-1', s3ForcePathStyle: 'true', s3Url: store.endpoint },
        backupSyncPeriod: period,
        validationFrequency: period,
      },
    },
    veleroDeployment(),
  ];
}

function veleroDeployment(): unknown {
  const labels = { component: 'velero', deploy: 'velero' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'velero', namespace, labels },
    spec: {
      replicas: 1,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: 'velero',
          terminationGracePeriodSeconds: 2,
          initContainers: [
            {
              name: 'velero-plugin-for-aws',
              image: images.plugin,
              imagePullPolicy: 'Never',
              volumeMounts: [{ name: 'plugins', mountPath: '/target' }],
            },
          ],
          containers: [serverContainer()],
          volumes: [
            { name: 'plugins', emptyDir: {} },
            { name: 'scratch', emptyDir: {} },
            { name: 'cloud-credentials', secret: { secretName: 'cloud-credentials' } },
          ],
        },
      },
    },
  };
}

function serverContainer(): unknown {
  return {
    name: 'velero',
    image: images.server,
    imagePullPolicy: 'Never',
    command: ['/velero'],
    args: [
      'server',
      '--features=EnableCSI',
      '--uploader-type=kopia',
      `--store-validation-frequency=${period}`,
      `--backup-sync-period=${period}`,
      // How often it asks whether the data mover has ended: every ten seconds by default.
      '--item-operation-sync-frequency=1s',
    ],
    env: [
      { name: 'VELERO_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
      { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      { name: 'VELERO_SCRATCH_DIR', value: '/scratch' },
      { name: 'LD_LIBRARY_PATH', value: '/plugins' },
      { name: 'AWS_SHARED_CREDENTIALS_FILE', value: '/credentials/cloud' },
    ],
    volumeMounts: [
      { name: 'plugins', mountPath: '/plugins' },
      { name: 'scratch', mountPath: '/scratch' },
      { name: 'cloud-credentials', mountPath: '/credentials' },
    ],
  };
}
