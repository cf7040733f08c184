/** Each claim's own point in time: what a store lost is counted from there, not from when its Backup began. */
import type { KubeClient } from '../kube/types.ts';
import type { BackupItem, PinnedBackup } from '../model/backup.ts';
import type { StoreReport } from '../model/report.ts';
import { type FileBackup, readFileBackups } from './file-backups.ts';

/** What the Backup says of a store; how old that is follows from the disaster. */
export type StoreTime = Omit<StoreReport, 'rpoSeconds'>;

/** Stores that are told of: a history holds them. */
const listed = 200;

const claims = 'persistentvolumeclaims';
const snapshots = 'volumesnapshots.snapshot.storage.k8s.io';
const contents = 'volumesnapshotcontents.snapshot.storage.k8s.io';

/** Reads what the snapshots do not say from the file-system backups; what neither says is the Backup's start. */
export async function readStoreTimes(
  kube: KubeClient,
  backup: PinnedBackup,
  all: readonly BackupItem[],
  stepOf: (item: BackupItem) => string | undefined,
  signal: AbortSignal,
): Promise<readonly StoreTime[]> {
  // A Backup may hold a hundred thousand objects; these are few.
  const items = all.filter(({ resource }) => [claims, snapshots, contents].includes(resource));
  const isOpen = items.some((item) => item.resource === claims && snapshotOf(item, items) === undefined);
  // Who may not list them learns less, no more.
  const files = isOpen ? await readFileBackups(kube, backup, signal).catch(() => []) : [];
  signal.throwIfAborted();
  return storeTimes(backup, items, files, stepOf);
}

/** Oldest first, so that what is cut of a long list is not the worst. Pure. */
export function storeTimes(
  backup: PinnedBackup,
  items: readonly BackupItem[],
  files: readonly FileBackup[],
  stepOf: (item: BackupItem) => string | undefined,
): readonly StoreTime[] {
  return items
    .filter((item) => item.resource === claims)
    .map((claim): StoreTime => {
      const step = stepOf(claim);
      const { namespace = '', name } = claim;
      return { store: `${namespace}/${name}`, ...(step ? { step } : {}), ...timeOf(claim, backup, items, files) };
    })
    .toSorted((a, b) => a.dataAt.localeCompare(b.dataAt) || a.store.localeCompare(b.store))
    .slice(0, listed);
}

function timeOf(
  claim: BackupItem,
  backup: PinnedBackup,
  items: readonly BackupItem[],
  files: readonly FileBackup[],
): Pick<StoreTime, 'dataAt' | 'dataAtIs'> {
  const snapshot = snapshotOf(claim, items);
  if (snapshot) return { dataAt: snapshot, dataAtIs: 'the snapshot' };
  const file = files.find((one) => one.claim === claim.name && one.namespace === claim.namespace && one.begunAt);
  if (file?.begunAt) return { dataAt: inMilliseconds(file.begunAt), dataAtIs: 'the file-system backup' };
  return { dataAt: inMilliseconds(backup.startTimestamp), dataAtIs: "the Backup's start" };
}

/** When the snapshot of a claim was taken, as itself or its content says. */
function snapshotOf(claim: BackupItem, items: readonly BackupItem[]): string | undefined {
  const isOf = (item: BackupItem, whose: BackupItem) =>
    item.of?.name === whose.name && item.of.namespace === whose.namespace;
  const own = items.filter((item) => item.resource === snapshots && isOf(item, claim));
  const times = own.flatMap((snapshot) => {
    const content = items.find((item) => item.resource === contents && isOf(item, snapshot));
    return snapshot.takenAt ?? content?.takenAt ?? [];
  });
  return times.toSorted().at(0);
}

function inMilliseconds(time: string): string {
  return new Date(time).toISOString();
}
