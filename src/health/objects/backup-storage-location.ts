import type { KindRule } from '../assess.ts';
import { textAt } from '../read.ts';
import { byPhase } from '../velero.ts';

/** Velero reaches the store; it looks again every minute, so Unavailable mends by itself. Source: Velero 1.18.3, backupstoragelocation_types.go. */
export const backupStorageLocation: KindRule = {
  group: 'velero.io',
  kind: 'BackupStorageLocation',
  assess: (object) =>
    byPhase(object, { good: ['Available'], bad: ['Unavailable'] }, textAt(object, 'status', 'message')),
};
