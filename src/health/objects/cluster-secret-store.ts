import type { KindRule } from '../assess.ts';
import { secretStoreVerdict } from '../external-secrets.ts';

/** The store outside was reached; the rule is in external-secrets.ts. */
export const clusterSecretStore: KindRule = {
  group: 'external-secrets.io',
  kind: 'ClusterSecretStore',
  assess: secretStoreVerdict,
};
