import { acmeTerminal, acmeVerdict } from '../acme.ts';
import type { KindRule } from '../assess.ts';

/** The CA has seen that the name is ours; the rule is in acme.ts. */
export const acmeChallenge: KindRule = {
  group: 'acme.cert-manager.io',
  kind: 'Challenge',
  terminal: acmeTerminal,
  assess: acmeVerdict,
};
