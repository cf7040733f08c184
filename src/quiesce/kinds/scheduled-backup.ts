import { flagged, type QuiesceKind } from '../kind.ts';

/** Suspended it makes no Backup. CloudNativePG 1.27, api/v1/scheduledbackup_types.go. */
export const scheduledBackup: QuiesceKind = {
  kind: 'ScheduledBackup',
  apiVersion: 'postgresql.cnpg.io/v1',
  plural: 'scheduledbackups',
  ...flagged('suspend'),
};
