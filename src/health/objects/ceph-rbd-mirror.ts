import type { KindRule } from '../assess.ts';
import { byCephPhase } from '../ceph.ts';

/** Its daemons are set up; how the mirroring goes is told by the pools. Source: Rook 1.20, pkg/operator/ceph/cluster/rbd/controller.go. */
export const cephRbdMirror: KindRule = { group: 'ceph.rook.io', kind: 'CephRBDMirror', assess: byCephPhase };
