/** The kinds and labels of Velero's API that this project uses. Read in Velero 1.18.3, pkg/apis/velero. */

import { createHash } from 'node:crypto';

export const veleroApi = 'velero.io/v1';

export const backupKind = { apiVersion: veleroApi, kind: 'Backup' } as const;
export const restoreKind = { apiVersion: veleroApi, kind: 'Restore' } as const;
export const locationKind = { apiVersion: veleroApi, kind: 'BackupStorageLocation' } as const;
export const downloadRequestKind = { apiVersion: veleroApi, kind: 'DownloadRequest' } as const;
export const podVolumeBackupKind = { apiVersion: veleroApi, kind: 'PodVolumeBackup' } as const;
export const podVolumeRestoreKind = { apiVersion: veleroApi, kind: 'PodVolumeRestore' } as const;
export const dataDownloadKind = { apiVersion: 'velero.io/v2alpha1', kind: 'DataDownload' } as const;

/** On every object that a Restore created (Namespaces excepted): the Restore's name, at most 63 characters. */
export const restoreNameLabel = 'velero.io/restore-name';

/** On what Velero made for a Backup: its file-system backups among them. */
export const backupNameLabel = 'velero.io/backup-name';

/** On every Backup that a Schedule made. */
export const scheduleNameLabel = 'velero.io/schedule-name';

/** A name as Velero writes it into a label, cut where it is too long for one: 1.18.3, pkg/label/label.go. */
export function labelValue(name: string): string {
  if (name.length <= 63) return name;
  return `${name.slice(0, 57)}${createHash('sha256').update(name).digest('hex').slice(0, 6)}`;
}
