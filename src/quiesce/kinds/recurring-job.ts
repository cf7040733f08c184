import { textAt } from '../../kube/read.ts';
import { jsonAt, type QuiesceKind } from '../kind.ts';

/** The 31st of February: parses, and never comes. Kubernetes 1.34, pkg/controller/cronjob/utils.go, mostRecentScheduleTime, names such a one. */
const never = '0 0 31 2 *';

/**
 * Longhorn has no way to pause one (longhorn/longhorn#12024). Emptying its groups would leave the volumes that name the job
 * itself, so its cron is set to a day that never comes: Longhorn copies it into the CronJob that it makes, and takes whatever
 * parses. longhorn-manager, controller/recurring_job_controller.go newCronJob; webhook/resources/recurringjob/validator.go.
 */
export const recurringJob: QuiesceKind = {
  kind: 'RecurringJob',
  apiVersion: 'longhorn.io/v1beta2',
  plural: 'recurringjobs',
  beforeOf: (object) => ({ cron: jsonAt(object, 'spec', 'cron') }),
  quiesced: (object) => textAt(object, 'spec', 'cron') === never,
  patchFor: () => ({ spec: { cron: never } }),
  patchBack: (_object, before) => ({ spec: { cron: before['cron'] ?? null } }),
};
