import { unknown } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { numberAt, textAt } from '../read.ts';

/** Completed: what a volume can be restored from. Longhorn does not try a failed one again. Source: Longhorn 1.13, k8s/pkg/apis/longhorn/v1beta2/backup.go BackupState. */
export const longhornBackup: KindRule = {
  group: 'longhorn.io',
  kind: 'Backup',
  terminal: ['Error'],
  assess(object) {
    const state = textAt(object, 'status', 'state');
    if (state === 'Unknown') return unknown('StateUnknown', 'Longhorn has lost sight of how this backup ended');
    const percent = numberAt(object, 'status', 'progress');
    return byWord(
      state,
      { healthy: ['Completed'], progressing: ['Pending', 'InProgress', 'Deleting'], degraded: ['Error'] },
      {
        writer: 'Longhorn',
        field: 'state',
        why: textAt(object, 'status', 'error') ?? (percent === undefined ? undefined : `${percent} %`),
      },
    );
  },
};
