import type { KindRule } from '../assess.ts';
import { byCephPhase } from '../ceph.ts';

/** The group of zones is there. Source: Rook 1.20, pkg/apis/ceph.rook.io/v1/types.go Status. */
export const cephObjectZoneGroup: KindRule = {
  group: 'ceph.rook.io',
  kind: 'CephObjectZoneGroup',
  assess: byCephPhase,
};
