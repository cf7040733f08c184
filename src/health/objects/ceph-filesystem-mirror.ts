import type { KindRule } from '../assess.ts';
import { byCephPhase } from '../ceph.ts';

/** Its daemon is set up. Source: Rook 1.20, pkg/apis/ceph.rook.io/v1/types.go FileMirrorStatus. */
export const cephFilesystemMirror: KindRule = {
  group: 'ceph.rook.io',
  kind: 'CephFilesystemMirror',
  assess: byCephPhase,
};
