import type { KindRule } from '../assess.ts';
import { byCephPhase } from '../ceph.ts';

/** Its key is there. Source: Rook 1.20, pkg/apis/ceph.rook.io/v1/types.go CephClientStatus. */
export const cephClient: KindRule = { group: 'ceph.rook.io', kind: 'CephClient', assess: byCephPhase };
