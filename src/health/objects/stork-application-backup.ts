import type { KindRule } from '../assess.ts';
import { storkVerdict } from '../stork.ts';

/** All volumes and resources are in the backup. The rule is in stork.ts. Source: Stork 24.3, pkg/apis/stork/v1alpha1/applicationbackup.go. */
export const storkApplicationBackup: KindRule = {
  group: 'stork.libopenstorage.org',
  kind: 'ApplicationBackup',
  terminal: ['Failed', 'PartialSuccess'],
  assess: storkVerdict,
};
