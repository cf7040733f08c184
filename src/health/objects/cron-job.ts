import { healthy, suspended } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { textAt, valueAt } from '../read.ts';

/** Healthy by being there: its status stays empty until the first time it runs, a month later perhaps. Source: batch/v1 CronJobStatus, Kubernetes 1.34. */
export const cronJob: KindRule = {
  group: 'batch',
  kind: 'CronJob',
  assess(object) {
    if (valueAt(object, 'spec', 'suspend') === true)
      return suspended('Suspended', 'is suspended: spec.suspend is true');
    return healthy('Scheduled', `runs by the schedule ${textAt(object, 'spec', 'schedule') ?? 'that it has'}`);
  },
};
