import type { KindRule } from '../assess.ts';
import { byCephPhase } from '../ceph.ts';

/** Its servers are set up. Source: Rook 1.20, pkg/apis/ceph.rook.io/v1/types.go NFSStatus. */
export const cephNfs: KindRule = { group: 'ceph.rook.io', kind: 'CephNFS', assess: byCephPhase };
