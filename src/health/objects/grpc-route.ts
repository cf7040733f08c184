import type { KindRule } from '../assess.ts';
import { gatewayRoute } from '../gateway-routes.ts';

/** gRPC traffic finds its way; the rule is in gateway-routes.ts. */
export const grpcRoute: KindRule = gatewayRoute('GRPCRoute');
