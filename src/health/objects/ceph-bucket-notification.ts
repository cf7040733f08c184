import type { KindRule } from '../assess.ts';
import { byCephPhase } from '../ceph.ts';

/** The notification is set on its buckets. Source: Rook 1.20, pkg/apis/ceph.rook.io/v1/types.go Status. */
export const cephBucketNotification: KindRule = {
  group: 'ceph.rook.io',
  kind: 'CephBucketNotification',
  assess: byCephPhase,
};
