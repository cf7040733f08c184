import type { Finding } from '../drivers/driver.ts';
import type { CallOptions, KubeClient, KubeObject } from '../kube/types.ts';
import { valueAt } from '../kube/read.ts';
import { backupKind } from './api.ts';
import { countAt, mapAt, textAt, timeAt } from './fields.ts';

/** What one look says: go on, look again, or a person is needed. */
export type Look =
  | { readonly state: 'ok' }
  | { readonly state: 'waiting'; readonly reason: string }
  | { readonly state: 'blocked'; readonly finding: Finding };

/** How long a server or location that is only just starting may take before it is a finding. */
const startPatienceMs = 90_000;

function blocked(reason: string, message: string): Look {
  return { state: 'blocked', finding: { severity: 'block', reason, message } };
}

/** Whether Velero is installed and its server runs. `since` is when the run began: what starts right now is waited for. */
export async function serverState(
  kube: KubeClient,
  namespace: string,
  since: Date,
  options: CallOptions,
): Promise<Look> {
  if (!(await kube.resource(backupKind, options)))
    return blocked(
      'VeleroAbsent',
      `cluster ${kube.context} does not serve Velero's kinds (${backupKind.apiVersion}); install Velero there with the storage location of the lost site`,
    );
  const { items } = await kube.list({ apiVersion: 'apps/v1', kind: 'Deployment' }, { namespace, ...options });
  const server = items.find(isServer);
  if (!server)
    return blocked(
      'VeleroAbsent',
      `namespace ${namespace} of cluster ${kube.context} has no Velero server; install Velero there, or correct spec.velero.namespace in the plan`,
    );
  return serverRuns(server, since);
}

/** The server's Deployment: by its usual name, or by what the installer and the chart label it with. */
export function isServer(deployment: KubeObject): boolean {
  const labels = mapAt(deployment, 'metadata', 'labels');
  return (
    deployment.metadata.name === 'velero' ||
    labels['component'] === 'velero' ||
    labels['app.kubernetes.io/name'] === 'velero'
  );
}

function serverRuns(server: KubeObject, since: Date): Look {
  if (countAt(server, 'status', 'availableReplicas') > 0) return { state: 'ok' };
  const what = `Velero's server, Deployment ${server.metadata.namespace ?? ''}/${server.metadata.name}`;
  if (valueAt(server, 'spec', 'replicas') === 0)
    return blocked('VeleroNotRunning', `${what} is scaled to 0; scale it to 1`);
  if (Date.now() - since.getTime() < startPatienceMs)
    return { state: 'waiting', reason: `${what} has no available pod yet` };
  return blocked('VeleroNotRunning', `${what} has no available pod; look at its pod's events and log`);
}

/** Whether a BackupStorageLocation can be read. Its phase counts only once it was validated since the run began. */
export function locationState(location: KubeObject, since: Date): Look {
  const phase = textAt(location, 'status', 'phase');
  if (phase === 'Available') return { state: 'ok' };
  const what = `BackupStorageLocation ${location.metadata.namespace ?? ''}/${location.metadata.name}`;
  const validated = timeAt(location, 'status', 'lastValidationTime') ?? 0;
  const stale = validated < since.getTime() && Date.now() - since.getTime() < startPatienceMs;
  if (stale) return { state: 'waiting', reason: `${what} has not been validated yet since the run began` };
  const why = textAt(location, 'status', 'message');
  return blocked(
    'LocationUnavailable',
    `${what} is ${phase ?? 'not validated'}${why ? ` (${why.slice(0, 300)})` : ''}; make its object store reachable from Velero, then look again`,
  );
}
