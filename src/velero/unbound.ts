import type { KubeClient, KubeObject } from '../kube/types.ts';
import { restoreKind, restoreNameLabel } from './api.ts';
import { mapAt, textAt, textsAt } from './fields.ts';

const claimKind = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' } as const;

/** Claims that are told about, at most. */
const told = 3;

/** What Velero waits for in a Restore's last phase: its own claims, or those of another Restore that it wraps up first. */
export interface WrapUp {
  /** `velero/name` of the other one. */
  readonly behind?: string;
  /** Claims that are not bound, each with what the provisioner says. */
  readonly claims: readonly string[];
}

/**
 * Velero wraps up one Restore at a time and waits until its claims are bound, ten minutes long unless told otherwise,
 * without a word; also for those that are gone meanwhile. 1.18.3, restore_finalizer_controller.go.
 */
export async function readWrapUp(kube: KubeClient, restore: KubeObject, signal: AbortSignal): Promise<WrapUp> {
  const claims = await unboundClaims(kube, restore, signal);
  if (claims.length > 0) return { claims };
  const { namespace = '', name } = restore.metadata;
  const { items } = await kube.list(restoreKind, { namespace, signal });
  for (const other of items) {
    if (other.metadata.name === name || !textAt(other, 'status', 'phase')?.startsWith('Finalizing')) continue;
    const theirs = await unboundClaims(kube, other, signal);
    if (theirs.length > 0) return { behind: `${namespace}/${other.metadata.name}`, claims: theirs };
  }
  return { claims };
}

async function unboundClaims(kube: KubeClient, restore: KubeObject, signal: AbortSignal): Promise<readonly string[]> {
  const mapping = mapAt(restore, 'spec', 'namespaceMapping');
  const included = textsAt(restore, 'spec', 'includedNamespaces');
  const namespaces = included.map((name) => mapping[name] ?? name).filter((name) => name !== '*');
  const labelSelector = `${restoreNameLabel}=${restore.metadata.name}`;
  const lists = await Promise.all(
    namespaces.map((namespace) => kube.list(claimKind, { namespace, labelSelector, signal })),
  );
  const pending = lists.flatMap(({ items }) => items).filter((claim) => textAt(claim, 'status', 'phase') === 'Pending');
  const awaited: KubeObject[] = [];
  for (const claim of pending) if (await bindsAtOnce(kube, claim, signal)) awaited.push(claim);
  return Promise.all(awaited.slice(0, told).map((claim) => claimText(kube, claim, signal)));
}

/** A claim that waits for its first consumer Velero does not wait for. */
async function bindsAtOnce(kube: KubeClient, claim: KubeObject, signal: AbortSignal): Promise<boolean> {
  const name = textAt(claim, 'spec', 'storageClassName');
  if (!name) return true;
  const found = await kube.get({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name }, { signal });
  return textAt(found, 'volumeBindingMode') !== 'WaitForFirstConsumer';
}

async function claimText(kube: KubeClient, claim: KubeObject, signal: AbortSignal): Promise<string> {
  const { namespace = '', name } = claim.metadata;
  const fieldSelector = `involvedObject.kind=${claimKind.kind},involvedObject.name=${name},type=Warning`;
  const { items } = await kube.list({ apiVersion: 'v1', kind: 'Event' }, { namespace, fieldSelector, signal });
  const newest = items.toSorted((a, b) => lastSeen(b) - lastSeen(a))[0];
  const why = textAt(newest, 'message');
  return `claim ${namespace}/${name} is not bound${why ? `: ${why.slice(0, 300)}` : ''}`;
}

function lastSeen(event: KubeObject): number {
  const at = textAt(event, 'lastTimestamp') ?? textAt(event, 'eventTime') ?? event.metadata.creationTimestamp ?? '';
  return Date.parse(at) || 0;
}
