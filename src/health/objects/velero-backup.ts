import type { KindRule } from '../assess.ts';
import { textAt, textsAt } from '../read.ts';
import { byPhase, countsText } from '../velero.ts';

/** Completed. Queued and ReadyToStart come before InProgress. Source: Velero 1.18.3, pkg/apis/velero/v1/backup_types.go BackupPhase. */
export const veleroBackup: KindRule = {
  group: 'velero.io',
  kind: 'Backup',
  terminal: ['FailedValidation', 'Failed', 'PartiallyFailed'],
  assess(object) {
    const why =
      textAt(object, 'status', 'failureReason') ??
      textsAt(object, 'status', 'validationErrors')[0] ??
      countsText(object);
    return byPhase(object, { good: ['Completed'], bad: ['FailedValidation', 'Failed', 'PartiallyFailed'] }, why);
  },
};
