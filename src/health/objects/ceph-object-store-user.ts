import type { KindRule } from '../assess.ts';
import { byCephPhase } from '../ceph.ts';

/** Ready. Source: Rook 1.20, pkg/apis/ceph.rook.io/v1/types.go ObjectStoreUserStatus; pkg/operator/ceph/object/user/controller.go. */
export const cephObjectStoreUser: KindRule = {
  group: 'ceph.rook.io',
  kind: 'CephObjectStoreUser',
  assess: byCephPhase,
};
