import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { textAt } from '../read.ts';

/**
 * Succeeded. A failed one is not tried again. Suspended: it waits for its cluster to be healthy enough. Source: Percona XtraDB operator
 * 1.20, pkg/apis/pxc/v1/pxc_backup_types.go PXCBackupState (`error` is written since 1.17).
 */
export const perconaXtraDbClusterBackup: KindRule = {
  group: 'pxc.percona.com',
  kind: 'PerconaXtraDBClusterBackup',
  terminal: ['Failed'],
  assess: (object) =>
    byWord(
      textAt(object, 'status', 'state'),
      {
        healthy: ['Succeeded'],
        progressing: ['Starting', 'Running'],
        degraded: ['Failed'],
        suspended: ['Suspended'],
      },
      { writer: 'its operator', field: 'state', why: textAt(object, 'status', 'error') },
    ),
};
