import type { KindRule } from '../assess.ts';
import { byCephPhase } from '../ceph.ts';

/** Ready. Source: Rook 1.20, pkg/apis/ceph.rook.io/v1/types.go CephFilesystemStatus. */
export const cephFilesystem: KindRule = { group: 'ceph.rook.io', kind: 'CephFilesystem', assess: byCephPhase };
