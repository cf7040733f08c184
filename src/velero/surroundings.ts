import type { KubeClient, KubeObject } from '../kube/types.ts';
import { textAt } from './fields.ts';
import type { Surroundings } from './stuck.ts';
import { isOpen, type Volume } from './volumes.ts';

const nothing: Surroundings = { claims: [], classes: [], pods: [], agents: [] };

/** A volume that nobody has taken up for this long is looked at more closely, milliseconds. */
const closerAfterMs = 5_000;

/** Reads what stands around the volumes that wait to be taken up; nothing where all are under way. */
export async function readSurroundings(
  kube: KubeClient,
  volumes: readonly Volume[],
  veleroNamespace: string,
  now: Date,
  signal: AbortSignal,
): Promise<Surroundings> {
  const waiting = volumes.filter((volume) => isWaiting(volume) && age(volume, now) >= closerAfterMs);
  if (waiting.length === 0) return nothing;
  const namespaces = [...new Set(waiting.flatMap((volume) => namespaceOf(volume) ?? []))];
  const list = (kind: string, namespace: string): Promise<readonly KubeObject[]> =>
    listed(kube, kind, namespace, signal);
  const [claims, pods, agents] = await Promise.all([
    Promise.all(namespaces.map((namespace) => list('PersistentVolumeClaim', namespace))),
    Promise.all(namespaces.map((namespace) => list('Pod', namespace))),
    kube.list(
      { apiVersion: 'v1', kind: 'Pod' },
      { namespace: veleroNamespace, labelSelector: 'name=node-agent', signal },
    ),
  ]);
  const names = new Set(claims.flat().flatMap((claim) => textAt(claim, 'spec', 'storageClassName') ?? []));
  const classes = await Promise.all(
    [...names].map((name) => kube.get({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name }, { signal })),
  );
  return {
    claims: claims.flat(),
    pods: pods.flat(),
    agents: agents.items,
    classes: classes.filter((found) => found !== undefined),
  };
}

function isWaiting(volume: Volume): boolean {
  return isOpen(volume) && ['', 'New', 'Accepted'].includes(textAt(volume, 'status', 'phase') ?? '');
}

function age(volume: Volume, now: Date): number {
  return now.getTime() - (Date.parse(volume.metadata.creationTimestamp ?? '') || 0);
}

function namespaceOf(volume: Volume): string | undefined {
  return textAt(volume, 'spec', 'targetVolume', 'namespace') ?? textAt(volume, 'spec', 'pod', 'namespace');
}

async function listed(
  kube: KubeClient,
  kind: string,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  return (await kube.list({ apiVersion: 'v1', kind }, { namespace, signal })).items;
}
