import type { KindRule } from '../assess.ts';
import { storkVerdict } from '../stork.ts';

/** The volumes are what the snapshot held. The rule is in stork.ts. Source: Stork 24.3, pkg/apis/stork/v1alpha1/volumesnapshotrestore.go. */
export const storkVolumeSnapshotRestore: KindRule = {
  group: 'stork.libopenstorage.org',
  kind: 'VolumeSnapshotRestore',
  terminal: ['Failed'],
  assess: storkVerdict,
};
