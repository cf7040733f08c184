import { healthy } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { numberAt } from '../read.ts';

/** It is there: its status holds only its owner and a count. Source: Longhorn 1.13, k8s/pkg/apis/longhorn/v1beta2/recurringjob.go RecurringJobStatus. */
export const longhornRecurringJob: KindRule = {
  group: 'longhorn.io',
  kind: 'RecurringJob',
  assess: (object) => healthy('Exists', `has run ${numberAt(object, 'status', 'executionCount') ?? 0} times`),
};
