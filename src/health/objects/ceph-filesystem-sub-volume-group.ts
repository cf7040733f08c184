import type { KindRule } from '../assess.ts';
import { byCephPhase } from '../ceph.ts';

/** The group is in its filesystem. Source: Rook 1.20, pkg/apis/ceph.rook.io/v1/types.go CephFilesystemSubVolumeGroupStatus. */
export const cephFilesystemSubVolumeGroup: KindRule = {
  group: 'ceph.rook.io',
  kind: 'CephFilesystemSubVolumeGroup',
  assess: byCephPhase,
};
