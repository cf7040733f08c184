import type { KindRule } from '../assess.ts';
import { gatewayRoute } from '../gateway-routes.ts';

/** UDP traffic finds its way; the rule is in gateway-routes.ts. */
export const udpRoute: KindRule = gatewayRoute('UDPRoute');
