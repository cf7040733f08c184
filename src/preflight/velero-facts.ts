import { listAt, parseJson, valueAt } from '../kube/read.ts';
import type { KubeObject } from '../kube/types.ts';
import type { PinnedBackup } from '../model/backup.ts';
import { backupKind, backupNameLabel, labelValue, locationKind, veleroApi } from '../velero/api.ts';
import { countAt, textAt, textsAt } from '../velero/fields.ts';
import { isServer } from '../velero/server.ts';
import type { Reader } from './reader.ts';
import type { VeleroFacts } from './survey.ts';

/** Reads how Velero is set up, and what the Backup's volumes need of it. */
export async function readVelero(
  reader: Reader,
  namespace: string,
  backup: PinnedBackup | undefined,
): Promise<VeleroFacts> {
  const apps = { apiVersion: 'apps/v1' };
  const [deployments, daemons, location, live, copies, schedules] = await Promise.all([
    backup ? reader.list({ ...apps, kind: 'Deployment' }, { namespace }) : [],
    backup ? reader.list({ ...apps, kind: 'DaemonSet' }, { namespace }) : [],
    backup ? reader.get({ ...locationKind, namespace, name: backup.storageLocation }) : undefined,
    backup ? reader.get({ ...backupKind, namespace, name: backup.name }) : undefined,
    backup ? podVolumeBackups(reader, namespace, backup.name) : [],
    backup ? reader.list({ apiVersion: veleroApi, kind: 'Schedule' }, { namespace }) : [],
  ]);
  const expiration = textAt(live, 'status', 'expiration');
  const nodeAgent = await agentFacts(reader, namespace, daemons);
  return {
    namespace,
    args: serverArgs(deployments.find(isServer)),
    ...(location ? { location: locationFacts(location) } : {}),
    ...(nodeAgent ? { nodeAgent } : {}),
    movesData: valueAt(live, 'spec', 'snapshotMoveData') === true,
    ...(expiration ? { expiration } : {}),
    fileCopies: copies.map((copy) => ({
      namespace: textAt(copy, 'spec', 'pod', 'namespace') ?? '',
      pod: textAt(copy, 'spec', 'pod', 'name') ?? '',
    })),
    schedules: schedules.filter((one) => valueAt(one, 'spec', 'paused') !== true).map(({ metadata }) => metadata.name),
  };
}

/** Velero syncs these with their Backup: 1.18.3, pkg/controller/backup_sync_controller.go. */
function podVolumeBackups(reader: Reader, namespace: string, backup: string): Promise<readonly KubeObject[]> {
  return reader.list(
    { apiVersion: veleroApi, kind: 'PodVolumeBackup' },
    { namespace, labelSelector: `${backupNameLabel}=${labelValue(backup)}` },
  );
}

function serverArgs(server: KubeObject | undefined): readonly string[] {
  const [container] = listAt(server, 'spec', 'template', 'spec', 'containers');
  return textsAt(container, 'args');
}

function locationFacts(location: KubeObject): NonNullable<VeleroFacts['location']> {
  const syncPeriod = textAt(location, 'spec', 'backupSyncPeriod');
  return {
    name: location.metadata.name,
    readOnly: textAt(location, 'spec', 'accessMode') === 'ReadOnly',
    ...(syncPeriod ? { syncPeriod } : {}),
  };
}

async function agentFacts(
  reader: Reader,
  namespace: string,
  daemons: readonly KubeObject[],
): Promise<VeleroFacts['nodeAgent']> {
  const agent = daemons.find(
    ({ metadata }) => metadata.name === 'node-agent' || metadata.labels?.['component'] === 'node-agent',
  );
  if (!agent) return undefined;
  const [container] = listAt(agent, 'spec', 'template', 'spec', 'containers');
  const configMap = flagOf(textsAt(container, 'args'), 'node-agent-configmap');
  const config = configMap
    ? await reader.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: configMap })
    : undefined;
  return {
    ready: countAt(agent, 'status', 'numberReady'),
    wanted: countAt(agent, 'status', 'desiredNumberScheduled'),
    ignoresDelayBinding: ignoresDelayBinding(config),
  };
}

/** The one entry of the node agent's ConfigMap, JSON or YAML's JSON part. Velero 1.18.3, pkg/types/node_agent.go RestorePVC. */
function ignoresDelayBinding(config: KubeObject | undefined): boolean {
  const data = valueAt(config, 'data');
  const entries = typeof data === 'object' && data !== null ? Object.values(data) : [];
  return entries.some(
    (entry) => typeof entry === 'string' && valueAt(parseJson(entry), 'restorePVC', 'ignoreDelayBinding') === true,
  );
}

/** The value of `--name=value` or `--name value` among arguments. Pure. */
export function flagOf(args: readonly string[], name: string): string | undefined {
  for (const [index, arg] of args.entries()) {
    if (arg === `--${name}`) return args[index + 1];
    if (arg.startsWith(`--${name}=`)) return arg.slice(name.length + 3);
  }
  return undefined;
}
