import type { KindRule } from '../assess.ts';
import { storkVerdict } from '../stork.ts';

/** The domain is as active as was asked for. The rule is in stork.ts. Source: Stork 24.3, pkg/apis/stork/v1alpha1/clusterdomainupdate.go. */
export const storkClusterDomainUpdate: KindRule = {
  group: 'stork.libopenstorage.org',
  kind: 'ClusterDomainUpdate',
  terminal: ['Failed'],
  assess: storkVerdict,
};
