import type { KindRule } from '../assess.ts';
import { gatewayRoute } from '../gateway-routes.ts';

/** TLS traffic finds its way; the rule is in gateway-routes.ts. */
export const tlsRoute: KindRule = gatewayRoute('TLSRoute');
