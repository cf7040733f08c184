import { acmeTerminal, acmeVerdict } from '../acme.ts';
import type { KindRule } from '../assess.ts';

/** The CA has made the certificate; the rule is in acme.ts. */
export const acmeOrder: KindRule = {
  group: 'acme.cert-manager.io',
  kind: 'Order',
  terminal: acmeTerminal,
  assess: acmeVerdict,
};
