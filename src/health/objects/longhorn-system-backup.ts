import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { conditionOf, textAt } from '../read.ts';

/** In the backup store. Longhorn does not try a failed one again. Source: Longhorn 1.13, k8s/pkg/apis/longhorn/v1beta2/systembackup.go. */
export const longhornSystemBackup: KindRule = {
  group: 'longhorn.io',
  kind: 'SystemBackup',
  terminal: ['Error'],
  assess: (object) =>
    byWord(
      textAt(object, 'status', 'state'),
      {
        healthy: ['Ready'],
        progressing: [
          'Generating',
          'Uploading',
          'Syncing',
          'CreatingVolumeBackups',
          'CreatingBackingImageBackups',
          'Deleting',
        ],
        degraded: ['Error'],
      },
      { writer: 'Longhorn', field: 'state', why: conditionOf(object, 'Error')?.message },
    ),
};
