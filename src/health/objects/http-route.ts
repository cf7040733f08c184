import type { KindRule } from '../assess.ts';
import { gatewayRoute } from '../gateway-routes.ts';

/** HTTP traffic finds its way; the rule is in gateway-routes.ts. */
export const httpRoute: KindRule = gatewayRoute('HTTPRoute');
