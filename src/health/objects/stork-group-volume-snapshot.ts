import type { KindRule } from '../assess.ts';
import { storkVerdict } from '../stork.ts';

/** Every volume of the group has its snapshot. The rule is in stork.ts. Source: Stork 24.3, pkg/apis/stork/v1alpha1/groupvolumesnapshot.go. */
export const storkGroupVolumeSnapshot: KindRule = {
  group: 'stork.libopenstorage.org',
  kind: 'GroupVolumeSnapshot',
  terminal: ['Failed'],
  assess: storkVerdict,
};
