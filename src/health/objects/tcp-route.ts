import type { KindRule } from '../assess.ts';
import { gatewayRoute } from '../gateway-routes.ts';

/** TCP traffic finds its way; the rule is in gateway-routes.ts. */
export const tcpRoute: KindRule = gatewayRoute('TCPRoute');
