import type { KindRule } from '../assess.ts';
import { secretStoreVerdict } from '../external-secrets.ts';

/** The store outside was reached; the rule is in external-secrets.ts. */
export const secretStore: KindRule = { group: 'external-secrets.io', kind: 'SecretStore', assess: secretStoreVerdict };
