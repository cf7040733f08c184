import { suspended } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { textsAt, valueAt } from '../read.ts';
import { byPhase } from '../velero.ts';

/** Velero takes the schedule for valid and runs it. Source: Velero 1.18.3, schedule_types.go SchedulePhase. */
export const veleroSchedule: KindRule = {
  group: 'velero.io',
  kind: 'Schedule',
  assess(object) {
    if (valueAt(object, 'spec', 'paused') === true) return suspended('Paused', 'makes no backups: spec.paused is true');
    return byPhase(
      object,
      { good: ['Enabled'], bad: ['FailedValidation'] },
      textsAt(object, 'status', 'validationErrors')[0],
    );
  },
};
