import { existing } from '../exists.ts';
import { textAt } from '../read.ts';

/** Where binlogs go; servers that use it tell of errors. Source: mariadb-operator 26.6, api/v1alpha1/pointintimerecovery_types.go. */
export const mariadbPointInTimeRecovery = existing(
  'k8s.mariadb.com',
  'PointInTimeRecovery',
  (object) => `can restore up to ${textAt(object, 'status', 'lastRecoverableTime') ?? 'no time yet'}`,
);
