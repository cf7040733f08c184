import type { KindRule } from '../assess.ts';
import { byReady } from '../by-status.ts';

/** Ready: its account or its key is there. What fails is tried again. Source: cert-manager 1.21, pkg/apis/certmanager/v1/types_issuer.go. */
export const certManagerClusterIssuer: KindRule = {
  group: 'cert-manager.io',
  kind: 'ClusterIssuer',
  assess: (object) => byReady(object, { writer: 'cert-manager' }),
};
