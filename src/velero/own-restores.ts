import type { KubeClient, KubeObject } from '../kube/types.ts';
import { labelKeys } from '../model/labels.ts';
import type { OwnRestore } from './accounting.ts';
import { restoreKind } from './api.ts';
import { downloadJson } from './download.ts';
import { textAt } from './fields.ts';
import { parseResourceList, type RestoredEntry } from './results.ts';

/** Which Restores are read. */
export interface OwnRestoresInput {
  readonly recovery: string;
  /** Velero's. */
  readonly namespace: string;
  /** Which Restores are the judged step's own; default: all of the recovery. */
  ofStep?(restore: KubeObject): boolean;
  /** Whose RestoreResourceLists are read: `step` = the step's own, `none` = no list. Default: all of the recovery's. */
  readonly lists?: 'all' | 'step' | 'none';
}

/** How many lists are read at once, and how many are kept for each cluster. */
const parallelReads = 4;
const keptLists = 200;

/** A Restore's list never changes once it has ended: read once by each worker, by the Restore's UID. */
const listsOf = new WeakMap<KubeClient, Map<string, readonly RestoredEntry[]>>();

/** This recovery's Restores, oldest first, with their lists. Throws DownloadError where a list cannot be read. */
export async function readOwnRestores(
  kube: KubeClient,
  input: OwnRestoresInput,
  signal: AbortSignal,
): Promise<readonly OwnRestore[]> {
  const { items } = await kube.list(restoreKind, {
    namespace: input.namespace,
    labelSelector: `${labelKeys.recovery}=${input.recovery}`,
    signal,
  });
  const oldestFirst = items.toSorted(
    (a, b) => Date.parse(a.metadata.creationTimestamp ?? '') - Date.parse(b.metadata.creationTimestamp ?? ''),
  );
  const out: OwnRestore[] = oldestFirst.map((restore) => ({
    name: restore.metadata.name,
    uid: restore.metadata.uid ?? '',
    ofStep: input.ofStep?.(restore) ?? true,
  }));
  const queue = [...oldestFirst.entries()].filter(([index, restore]) => hasList(restore) && isAsked(input, out[index]));
  const reader = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, restore] = next;
      const own = out[index];
      if (own) out[index] = { ...own, entries: await entriesOf(kube, restore, signal) };
    }
  };
  await Promise.all(Array.from({ length: parallelReads }, reader));
  return out;
}

function isAsked(input: OwnRestoresInput, own: OwnRestore | undefined): boolean {
  if (input.lists === 'none') return false;
  return input.lists !== 'step' || own?.ofStep === true;
}

/** Only a Restore that ran to its end has a list of what it did. */
function hasList(restore: KubeObject): boolean {
  return ['Completed', 'PartiallyFailed'].includes(textAt(restore, 'status', 'phase') ?? '');
}

async function entriesOf(
  asked: KubeClient,
  restore: KubeObject,
  signal: AbortSignal,
): Promise<readonly RestoredEntry[]> {
  const { name, namespace = '', uid = '' } = restore.metadata;
  const kube = asked.base ?? asked;
  const lists = listsOf.get(kube) ?? new Map<string, readonly RestoredEntry[]>();
  listsOf.set(kube, lists);
  const known = lists.get(uid);
  if (known) return known;
  const entries = parseResourceList(await downloadJson(kube, { namespace, name, kind: 'RestoreResourceList' }, signal));
  if (lists.size >= keptLists) lists.delete(lists.keys().next().value ?? uid);
  lists.set(uid, entries);
  return entries;
}
