import type { KubeClient } from '../kube/types.ts';
import type { PinnedBackup } from '../model/backup.ts';
import { backupNameLabel, labelValue, podVolumeBackupKind } from './api.ts';
import { textAt } from './fields.ts';

/** One volume in a Backup that was backed up file by file: its data comes back with the very Pod, in no other way. */
export interface FileBackup {
  readonly namespace: string;
  readonly pod: string;
  /** As the Pod calls it. */
  readonly volume: string;
  /** The claim behind it; absent for one that lives and dies with its pod. */
  readonly claim?: string;
  /** When its files began to be read, ISO 8601. */
  readonly begunAt?: string;
}

/** The file-system backups in a Backup. Velero's sync brings their objects back with the Backup. 1.18.3, pkg/controller/backup_sync_controller.go. */
export async function readFileBackups(
  kube: KubeClient,
  backup: PinnedBackup,
  signal: AbortSignal,
): Promise<readonly FileBackup[]> {
  if (!(await kube.resource(podVolumeBackupKind, { signal }))) return [];
  const labelSelector = `${backupNameLabel}=${labelValue(backup.name)}`;
  const { items } = await kube.list(podVolumeBackupKind, { namespace: backup.namespace, labelSelector, signal });
  return items
    .filter((item) => textAt(item, 'status', 'phase') === 'Completed')
    .map((item) => {
      const claim = item.metadata.annotations?.['velero.io/pvc-name'];
      const begunAt = textAt(item, 'status', 'startTimestamp');
      return {
        namespace: textAt(item, 'spec', 'pod', 'namespace') ?? '',
        pod: textAt(item, 'spec', 'pod', 'name') ?? '',
        volume: textAt(item, 'spec', 'volume') ?? '',
        ...(claim ? { claim } : {}),
        ...(begunAt ? { begunAt } : {}),
      };
    });
}
