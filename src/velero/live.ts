import { KubeError } from '../kube/error.ts';
import { textAt } from '../kube/read.ts';
import type { KubeClient, KubeObject } from '../kube/types.ts';
import type { BackupItem } from '../model/backup.ts';
import { type ObjectRef, refKey } from '../model/verdict.ts';

/** What accounting looks at of an object in the cluster: metadata, and of a claim where its data comes from. */
export interface LiveObject {
  readonly name: string;
  readonly namespace?: string;
  readonly labels: { readonly [key: string]: string };
  readonly createdAt: string;
  readonly controller?: { readonly kind: string; readonly name: string };
  /** Of a claim: the VolumeSnapshot that it was made from. */
  readonly snapshot?: string;
}

/** Looks an object up among those that were read. */
export type Live = (ref: ObjectRef) => LiveObject | undefined;

/** How many lists run at once: kind to a cluster that is just coming back. */
const parallelLists = 4;

/** One list that is read. */
export interface ListJob {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
}

/**
 * Reads the metadata of everything in the kinds and namespaces of some items: a list for each, never a GET for each item. With
 * `refused` a list that the login may not have is handed to it and has no objects; without, it throws.
 */
export async function readLive(
  kube: KubeClient,
  items: readonly BackupItem[],
  signal: AbortSignal,
  refused?: (list: ListJob) => void,
): Promise<Live> {
  const jobs = new Map<string, ListJob>();
  for (const { apiVersion, kind, namespace } of items)
    jobs.set(`${apiVersion}/${kind}/${namespace ?? ''}`, { apiVersion, kind, ...(namespace ? { namespace } : {}) });
  const found = new Map<string, LiveObject>();
  const queue = [...jobs.values()];
  const worker = async (): Promise<void> => {
    for (let job = queue.shift(); job; job = queue.shift())
      for (const object of await listed(kube, job, signal, refused))
        found.set(refKey(refOf(job, object)), liveOf(object));
  };
  await Promise.all(Array.from({ length: parallelLists }, worker));
  return (ref) => found.get(refKey(ref));
}

function refOf(job: ListJob, object: KubeObject): ObjectRef {
  const { name, namespace } = object.metadata;
  // The entries of a list carry no kind of their own.
  return { apiVersion: job.apiVersion, kind: job.kind, name, ...(namespace ? { namespace } : {}) };
}

async function listed(
  kube: KubeClient,
  job: ListJob,
  signal: AbortSignal,
  refused?: (list: ListJob) => void,
): Promise<readonly KubeObject[]> {
  try {
    // A claim says in its spec what it was made from.
    const metadataOnly = job.kind !== 'PersistentVolumeClaim';
    const options = { signal, metadataOnly, ...(job.namespace ? { namespace: job.namespace } : {}) };
    return (await kube.list(job, options)).items;
  } catch (error) {
    // A kind that is not served has no objects: Velero could not restore any, and the accounting says that they are missing.
    if (error instanceof KubeError && error.reason === 'KindNotServed') return [];
    if (!(refused && error instanceof KubeError && error.code === 403)) throw error;
    refused(job);
    return [];
  }
}

function liveOf(object: KubeObject): LiveObject {
  const { name, namespace, labels = {}, creationTimestamp = '', ownerReferences = [] } = object.metadata;
  const controller = ownerReferences.find((owner) => owner.controller === true);
  const isCopy = textAt(object, 'spec', 'dataSource', 'kind') === 'VolumeSnapshot';
  const snapshot = isCopy ? textAt(object, 'spec', 'dataSource', 'name') : undefined;
  return {
    name,
    ...(namespace ? { namespace } : {}),
    labels,
    createdAt: creationTimestamp,
    ...(controller ? { controller: { kind: controller.kind, name: controller.name } } : {}),
    ...(snapshot ? { snapshot } : {}),
  };
}
