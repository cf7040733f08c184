import type { KindRule } from '../assess.ts';
import { byCephPhase } from '../ceph.ts';

/** The zone is there with its pools. Source: Rook 1.20, pkg/apis/ceph.rook.io/v1/types.go Status. */
export const cephObjectZone: KindRule = { group: 'ceph.rook.io', kind: 'CephObjectZone', assess: byCephPhase };
