/** One Velero Backup and plain Velero Restores, made and waited for by hand: what a person would do without Rekindle. */
import { listAt, numberAt, textAt } from '../../src/kube/read.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import { readInventory } from '../../src/velero/inventory.ts';
import { fieldManager, podWith, waitReady, waitUntil } from './cluster.ts';

/** Namespace of Velero in every lab. */
export const veleroNamespace = 'velero';

const apiVersion = 'velero.io/v1';
const running = new Set([
  '',
  'New',
  'Queued',
  'ReadyToStart',
  'InProgress',
  'WaitingForPluginOperations',
  'Finalizing',
]);

/**
 * Restarts Velero where kinds have been added since it started. It looks for new kinds every five minutes only
 * (1.18.3, pkg/discovery/helper.go): a Backup taken in between is Completed and silently lacks every object of them.
 */
export async function letVeleroSeeAllKinds(kube: KubeClient): Promise<void> {
  const { items } = await kube.list({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' });
  const newest = items.map((item) => item.metadata.creationTimestamp ?? '').reduce((a, b) => (a > b ? a : b), '');
  const pod = await podWith(kube, veleroNamespace, 'deploy=velero');
  const running = await kube.get({ apiVersion: 'v1', kind: 'Pod', namespace: veleroNamespace, name: pod });
  const started = textAt(running, 'status', 'startTime') ?? '';
  if (started > newest) return;
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: veleroNamespace, name: 'velero' };
  const annotations = { [`${fieldManager}/kinds-until`]: newest };
  await kube.patch(deployment, 'merge', { spec: { template: { metadata: { annotations } } } });
  await waitReady(kube, 'Deployment', veleroNamespace, 'velero', 120_000);
}

/** Fails unless the Backup really holds these objects: its phase alone does not say so. */
export async function insistOnContents(
  kube: KubeClient,
  name: string,
  wanted: readonly { readonly resource: string; readonly name: string }[],
): Promise<void> {
  const ref = { namespace: veleroNamespace, name };
  const backup = await kube.get({ apiVersion, kind: 'Backup', ...ref });
  const pinned = {
    ...ref,
    storageLocation: textAt(backup, 'spec', 'storageLocation') ?? 'default',
    startTimestamp: textAt(backup, 'status', 'startTimestamp') ?? '',
    phase: textAt(backup, 'status', 'phase') ?? '',
  };
  const { items } = await readInventory(kube, pinned, AbortSignal.timeout(60_000));
  const lacking = wanted.filter(
    (one) => !items.some((item) => item.resource === one.resource && item.name === one.name),
  );
  if (lacking.length === 0) return;
  throw new Error(`Backup ${name} lacks ${lacking.map((one) => `${one.resource} ${one.name}`).join(', ')}`);
}

/** How a Backup or Restore ended. */
export interface Ended {
  readonly name: string;
  readonly phase: string;
  readonly items: number;
  readonly warnings: number;
  readonly errors: number;
  /** ISO 8601, as Velero wrote them. */
  readonly startedAt: string;
  readonly completedAt: string;
}

/** Creates a Backup or Restore and waits until Velero has ended it, well or badly. */
export async function runVelero(
  kube: KubeClient,
  kind: 'Backup' | 'Restore',
  name: string,
  spec: { readonly [field: string]: unknown },
  limitMs = 300_000,
): Promise<Ended> {
  const metadata = { name, namespace: veleroNamespace };
  await kube.create({ apiVersion, kind, metadata, spec });
  let seen: KubeObject | undefined;
  await waitUntil(`${kind} ${name} did not end`, limitMs, async () => {
    seen = await kube.get({ apiVersion, kind, ...metadata });
    const phase = textAt(seen, 'status', 'phase') ?? '';
    return running.has(phase) || phase.startsWith('Finalizing') || phase.startsWith('Waiting')
      ? `phase "${phase}"`
      : undefined;
  });
  return endOf(kind, name, seen);
}

/** As {@link runVelero}, but anything but Completed is an error with Velero's reason. */
export async function completeVelero(
  kube: KubeClient,
  kind: 'Backup' | 'Restore',
  name: string,
  spec: { readonly [field: string]: unknown },
): Promise<Ended> {
  const ended = await runVelero(kube, kind, name, spec);
  if (ended.phase === 'Completed') return ended;
  const object = await kube.get({ apiVersion, kind, namespace: veleroNamespace, name });
  const reasons = [textAt(object, 'status', 'failureReason'), ...listAt(object, 'status', 'validationErrors')];
  const words = reasons.filter((reason) => typeof reason === 'string').join('; ');
  throw new Error(
    `${kind} ${name} ended ${ended.phase} with ${ended.errors} errors${words === '' ? '' : `: ${words}`}`,
  );
}

function endOf(kind: 'Backup' | 'Restore', name: string, object: KubeObject | undefined): Ended {
  const done = kind === 'Backup' ? 'itemsBackedUp' : 'itemsRestored';
  return {
    name,
    phase: textAt(object, 'status', 'phase') ?? '',
    items: numberAt(object, 'status', 'progress', done) ?? 0,
    warnings: numberAt(object, 'status', 'warnings') ?? 0,
    errors: numberAt(object, 'status', 'errors') ?? 0,
    startedAt: textAt(object, 'status', 'startTimestamp') ?? '',
    completedAt: textAt(object, 'status', 'completionTimestamp') ?? '',
  };
}
