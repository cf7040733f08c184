import { degraded } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byReady } from '../by-status.ts';
import { after, conditionOf } from '../read.ts';

/** A controller has taken it on. Waiting is the older word for Pending. Source: Gateway API 1.6, apis/v1/gatewayclass_types.go. */
export const gatewayClass: KindRule = {
  group: 'gateway.networking.k8s.io',
  kind: 'GatewayClass',
  assess(object) {
    const version = conditionOf(object, 'SupportedVersion');
    if (version?.status === 'False')
      return degraded(
        'UnsupportedVersion',
        `the CRDs are of a version that its controller does not know${after(version.message)}`,
      );
    return byReady(object, { writer: 'its controller', type: 'Accepted', waiting: ['Pending', 'Waiting'] });
  },
};
