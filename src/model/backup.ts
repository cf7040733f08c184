/** The one Backup that a run restores from, chosen at planning. Velero's sync makes the object anew, with another UID. */
export interface PinnedBackup {
  readonly namespace: string;
  readonly name: string;
  readonly storageLocation: string;
  /** `status.startTimestamp`: with name and location it identifies the Backup. */
  readonly startTimestamp: string;
  readonly completionTimestamp?: string;
  readonly phase: string;
  /** What was accepted with `acceptBackup`: `Expired`, `PartiallyFailed`. Shown as an exception. */
  readonly accepted?: string;
}

/** One object in a Backup, without its content. */
export interface BackupItem {
  /** As Velero's filters write it: `pods`, `deployments.apps`. */
  readonly resource: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly labels: { readonly [key: string]: string };
  readonly annotations: { readonly [key: string]: string };
  /** The owner with `controller: true`, in the same namespace or cluster-scoped. */
  readonly controller?: { readonly apiVersion: string; readonly kind: string; readonly name: string };
  /** What the item belongs to. PersistentVolume, VolumeSnapshot: the claim; VolumeSnapshotContent: its VolumeSnapshot. */
  readonly of?: { readonly namespace: string; readonly name: string };
  /** A Pod or Job that had ended when it was backed up: Velero never restores it. */
  readonly ended?: boolean;
  /** Of a PersistentVolumeClaim. */
  readonly storageClass?: string;
  /** Of a VolumeSnapshotContent: the CSI driver that must read its snapshot. */
  readonly csiDriver?: string;
}

/** What a Backup holds: read once from its BackupContents, kept in memory by the worker. */
export interface BackupInventory {
  readonly items: readonly BackupItem[];
}
