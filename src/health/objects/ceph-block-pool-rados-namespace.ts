import type { KindRule } from '../assess.ts';
import { byCephPhase } from '../ceph.ts';

/** The namespace is in its pool. Source: Rook 1.20, pkg/apis/ceph.rook.io/v1/types.go CephBlockPoolRadosNamespaceStatus. */
export const cephBlockPoolRadosNamespace: KindRule = {
  group: 'ceph.rook.io',
  kind: 'CephBlockPoolRadosNamespace',
  assess: byCephPhase,
};
