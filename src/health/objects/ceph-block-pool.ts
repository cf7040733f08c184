import type { KindRule } from '../assess.ts';
import { byCephPhase, mirroringVerdict } from '../ceph.ts';

/** Ready, and mirrored where it shall be. Source: Rook 1.20, pkg/apis/ceph.rook.io/v1/types.go CephBlockPoolStatus. */
export const cephBlockPool: KindRule = {
  group: 'ceph.rook.io',
  kind: 'CephBlockPool',
  assess(object) {
    const phase = byCephPhase(object);
    return phase.verdict === 'Healthy' ? (mirroringVerdict(object) ?? phase) : phase;
  },
};
