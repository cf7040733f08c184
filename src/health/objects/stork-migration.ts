import type { KindRule } from '../assess.ts';
import { storkVerdict } from '../stork.ts';

/** All volumes and resources have come over. The rule is in stork.ts. Source: Stork 24.3, pkg/apis/stork/v1alpha1/migration.go. */
export const storkMigration: KindRule = {
  group: 'stork.libopenstorage.org',
  kind: 'Migration',
  terminal: ['Failed', 'PartialSuccess'],
  assess: storkVerdict,
};
