import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { isKubeObject, parseJson, valueAt } from '../kube/read.ts';
import type { KubeClient, KubeObject } from '../kube/types.ts';
import type { BackupInventory, BackupItem, PinnedBackup } from '../model/backup.ts';
import { quiesceFacts } from '../quiesce/facts.ts';
import { DownloadError, download } from './download.ts';
import { mapAt, textAt } from './fields.ts';
import { itemFacts } from './item-facts.ts';
import { outwardFacts } from './outward.ts';
import { placeFacts } from './places.ts';

/** A Backup's contents may be this large, packed and unpacked; a single object much less. Bytes. */
const contentsLimits = { packedBytes: 2 * 1024 ** 3, unpackedBytes: 16 * 1024 ** 3 };
const objectLimitBytes = 16 * 1024 ** 2;
const itemLimit = 500_000;

/** Reads what a Backup holds, as a stream; keeps names, labels and a few facts, never an object's content. */
export async function readInventory(
  kube: KubeClient,
  backup: PinnedBackup,
  signal: AbortSignal,
): Promise<BackupInventory> {
  const target = { namespace: backup.namespace, kind: 'BackupContents', name: backup.name } as const;
  return {
    items: await download(kube, target, { signal, timeoutMs: 600_000, ...contentsLimits }, (body) =>
      itemsOf(body, target.name),
    ),
  };
}

/** The items in an unpacked tar stream of a Backup's contents. */
export async function itemsOf(tar: Readable, name: string): Promise<readonly BackupItem[]> {
  const items: BackupItem[] = [];
  const unpack = extract();
  const reading = (async () => {
    for await (const entry of unpack) {
      const path = placeOf(entry.header.name);
      if (!path || entry.header.type !== 'file') {
        entry.resume();
        continue;
      }
      const object = await readObject(entry, entry.header.name);
      if (items.length >= itemLimit)
        throw new DownloadError(
          'TooLarge',
          `Backup ${name} holds more than ${itemLimit} objects; narrow it to the site's namespaces`,
        );
      items.push(itemOf(path.resource, object));
    }
  })();
  await Promise.all([pipeline(tar, unpack), reading]);
  return items;
}

/**
 * `resources/<plural.group>/namespaces/<ns>/<name>.json` or `…/cluster/<name>.json`; undefined for everything else, the
 * duplicates under `<version>` and `<version>-preferredversion` too. Velero 1.18.3, pkg/archive.
 */
function placeOf(path: string): { readonly resource: string } | undefined {
  const parts = path.replace(/^\.\//, '').split('/');
  const [root, resource, scope] = parts;
  if (root !== 'resources' || !resource || !path.endsWith('.json')) return undefined;
  if (scope === 'namespaces' && parts.length === 5) return { resource };
  return scope === 'cluster' && parts.length === 4 ? { resource } : undefined;
}

async function readObject(entry: AsyncIterable<unknown>, path: string): Promise<KubeObject> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of entry) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > objectLimitBytes)
      throw new DownloadError('TooLarge', `the Backup's file ${path} is larger than ${objectLimitBytes} bytes`);
    chunks.push(chunk);
  }
  // The text of a broken file never enters a message: it may be a Secret's.
  const parsed = parseJson(Buffer.concat(chunks).toString('utf8'));
  if (!isKubeObject(parsed))
    throw new DownloadError('Unreadable', `the Backup's file ${path} is not a Kubernetes object`);
  return parsed;
}

/** The item that stands for an object of the Backup: nothing of it but metadata and the facts that restoring needs. */
export function itemOf(resource: string, object: KubeObject): BackupItem {
  const { apiVersion, kind } = object;
  const { name, namespace } = object.metadata;
  const controller = object.metadata.ownerReferences?.find((owner) => owner.controller === true);
  const quiesce = quiesceFacts(object);
  const facts = { ...itemFacts(object), ...outwardFacts(object), ...(quiesce ? { quiesce } : {}) };
  return {
    resource,
    apiVersion,
    kind,
    ...(namespace ? { namespace } : {}),
    name,
    labels: mapAt(object, 'metadata', 'labels'),
    annotations: shortAnnotations(object),
    ...(controller
      ? { controller: { apiVersion: controller.apiVersion, kind: controller.kind, name: controller.name } }
      : {}),
    ...factsOf(resource, object),
    ...placeFacts(object),
    ...(isKnown(facts) ? { facts } : {}),
  };
}

function isKnown(facts: object): boolean {
  return Object.keys(facts).length > 0;
}

/** Annotations that are marks, not content: kubectl's copy of the whole object (a Secret's data in it) and long ones are dropped. */
function shortAnnotations(object: KubeObject): { readonly [key: string]: string } {
  if (object.kind === 'Secret') return {};
  const kept = Object.entries(mapAt(object, 'metadata', 'annotations')).filter(
    ([key, value]) => value.length <= 256 && key !== 'kubectl.kubernetes.io/last-applied-configuration',
  );
  return Object.fromEntries(kept);
}

type Facts = Pick<BackupItem, 'of' | 'ended' | 'storageClass' | 'csiDriver' | 'takenAt'>;

function factsOf(resource: string, object: KubeObject): Facts {
  switch (resource) {
    case 'pods':
      return ['Succeeded', 'Failed'].includes(textAt(object, 'status', 'phase') ?? '') ? { ended: true } : {};
    case 'jobs.batch':
      return textAt(object, 'status', 'completionTime') ? { ended: true } : {};
    case 'persistentvolumes':
      return {
        ...refFact(valueAt(object, 'spec', 'claimRef')),
        ...classFact(textAt(object, 'spec', 'storageClassName')),
      };
    case 'persistentvolumeclaims':
      return classFact(textAt(object, 'spec', 'storageClassName'));
    case 'volumesnapshots.snapshot.storage.k8s.io':
      return {
        ...refFact({
          namespace: object.metadata.namespace,
          name: valueAt(object, 'spec', 'source', 'persistentVolumeClaimName'),
        }),
        ...takenFact(object),
      };
    case 'volumesnapshotcontents.snapshot.storage.k8s.io': {
      const csiDriver = textAt(object, 'spec', 'driver');
      return {
        ...refFact(valueAt(object, 'spec', 'volumeSnapshotRef')),
        ...(csiDriver ? { csiDriver } : {}),
        ...takenFact(object),
      };
    }
    default:
      return {};
  }
}

/** A VolumeSnapshot has it as a time, its content in nanoseconds. snapshot.storage.k8s.io/v1, external-snapshotter v8. */
function takenFact(object: KubeObject): Facts {
  const said = valueAt(object, 'status', 'creationTime');
  const ms = typeof said === 'number' ? said / 1e6 : Date.parse(typeof said === 'string' ? said : '');
  return Number.isNaN(ms) || Math.abs(ms) > 8.64e15 ? {} : { takenAt: new Date(ms).toISOString() };
}

function classFact(storageClass: string | undefined): Facts {
  return storageClass ? { storageClass } : {};
}

function refFact(ref: unknown): Facts {
  const namespace = textAt(ref, 'namespace');
  const name = textAt(ref, 'name');
  return namespace && name ? { of: { namespace, name } } : {};
}
