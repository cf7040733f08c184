import type { KindRule } from '../assess.ts';
import { byPhase, countsText } from '../velero.ts';
import { textAt, textsAt } from '../read.ts';

/**
 * Completed, which says nothing of the workloads. Finalizing* and Waiting*PartiallyFailed are not final: Velero still works
 * and then says PartiallyFailed. Source: Velero 1.18.3, pkg/apis/velero/v1/restore_types.go RestorePhase.
 */
export const veleroRestore: KindRule = {
  group: 'velero.io',
  kind: 'Restore',
  terminal: ['FailedValidation', 'Failed', 'PartiallyFailed'],
  assess(object) {
    const why =
      textAt(object, 'status', 'failureReason') ??
      textsAt(object, 'status', 'validationErrors')[0] ??
      countsText(object);
    return byPhase(object, { good: ['Completed'], bad: ['FailedValidation', 'Failed', 'PartiallyFailed'] }, why);
  },
};
