import type { KindRule } from '../assess.ts';
import { storkVerdict } from '../stork.ts';

/** All volumes and resources are back. The rule is in stork.ts. Source: Stork 24.3, pkg/apis/stork/v1alpha1/applicationrestore.go. */
export const storkApplicationRestore: KindRule = {
  group: 'stork.libopenstorage.org',
  kind: 'ApplicationRestore',
  terminal: ['Failed', 'PartialSuccess'],
  assess: storkVerdict,
};
