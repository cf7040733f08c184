import { degraded, healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, dateAt, fieldsAt, textAt } from '../read.ts';

/**
 * Read from the backup store since it was last asked for: before that its newest backup is not known here. Source:
 * Longhorn 1.13, k8s/pkg/apis/longhorn/v1beta2/backupvolume.go, controller/backup_volume_controller.go.
 */
export const longhornBackupVolume: KindRule = {
  group: 'longhorn.io',
  kind: 'BackupVolume',
  assess(object) {
    const synced = dateAt(object, 'status', 'lastSyncedAt');
    const asked = dateAt(object, 'spec', 'syncRequestedAt');
    const error = textAt(fieldsAt(object, 'status', 'messages'), 'error');
    if (error !== undefined) return degraded('SyncError', `the backup store cannot be read${after(error)}`);
    if (synced === undefined) return progressing('NoStatus', 'has not been read from the backup store yet');
    if (asked !== undefined && asked > synced)
      return progressing('SyncAsked', 'is to be read from the backup store again');
    return healthy('Synced', `newest backup is ${textAt(object, 'status', 'lastBackupName') ?? 'none'}`);
  },
};
