import { degraded } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byCephPhase } from '../ceph.ts';
import { after, textAt } from '../read.ts';

/** Ready; older Rooks wrote Connected, and how their test bucket was. Source: Rook 1.20 and 1.8, pkg/apis/ceph.rook.io/v1/types.go ObjectStoreStatus. */
export const cephObjectStore: KindRule = {
  group: 'ceph.rook.io',
  kind: 'CephObjectStore',
  assess(object) {
    const phase = byCephPhase(object);
    if (phase.verdict !== 'Healthy' || textAt(object, 'status', 'bucketStatus', 'health') !== 'Failure') return phase;
    return degraded(
      'BucketFailure',
      `its test bucket fails${after(textAt(object, 'status', 'bucketStatus', 'details'))}`,
    );
  },
};
