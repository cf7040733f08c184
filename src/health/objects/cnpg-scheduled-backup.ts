import { healthy, progressing, suspended } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { hasStatusContent, textAt, valueAt } from '../read.ts';

/** Its operator has looked at the schedule at least once. Source: CloudNativePG 1.27, api/v1/scheduledbackup_types.go. */
export const cnpgScheduledBackup: KindRule = {
  group: 'postgresql.cnpg.io',
  kind: 'ScheduledBackup',
  assess(object) {
    if (valueAt(object, 'spec', 'suspend') === true)
      return suspended('Suspended', 'is suspended: spec.suspend is true');
    if (!hasStatusContent(object)) return progressing('NoStatus', 'its operator has not looked at it yet');
    return healthy('Scheduled', `next at ${textAt(object, 'status', 'nextScheduleTime') ?? 'a time not written yet'}`);
  },
};
