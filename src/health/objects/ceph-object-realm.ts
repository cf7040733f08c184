import type { KindRule } from '../assess.ts';
import { byCephPhase } from '../ceph.ts';

/** The realm is there. Source: Rook 1.20, pkg/apis/ceph.rook.io/v1/types.go Status. */
export const cephObjectRealm: KindRule = { group: 'ceph.rook.io', kind: 'CephObjectRealm', assess: byCephPhase };
