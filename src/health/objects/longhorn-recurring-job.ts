import { existing } from '../exists.ts';
import { numberAt } from '../read.ts';

/** It is there: its status holds its owner and a count. Source: Longhorn 1.13, k8s/pkg/apis/longhorn/v1beta2/recurringjob.go RecurringJobStatus. */
export const longhornRecurringJob = existing(
  'longhorn.io',
  'RecurringJob',
  (object) => `has run ${numberAt(object, 'status', 'executionCount') ?? 0} times`,
);
