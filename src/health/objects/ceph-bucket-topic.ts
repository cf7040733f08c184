import type { KindRule } from '../assess.ts';
import { byCephPhase } from '../ceph.ts';

/** The topic is there. Source: Rook 1.20, pkg/apis/ceph.rook.io/v1/types.go BucketTopicStatus. */
export const cephBucketTopic: KindRule = { group: 'ceph.rook.io', kind: 'CephBucketTopic', assess: byCephPhase };
