import type { KindRule } from '../assess.ts';
import { storkVerdict } from '../stork.ts';

/** The failover or failback has gone through to its end. The rule is in stork.ts. Source: Stork 24.3, pkg/apis/stork/v1alpha1/action.go. */
export const storkAction: KindRule = {
  group: 'stork.libopenstorage.org',
  kind: 'Action',
  terminal: ['Failed', 'RollbackSuccessful', 'RollbackFailed'],
  assess: storkVerdict,
};
