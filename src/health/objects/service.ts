import { healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { listAt, textAt, textsAt } from '../read.ts';

/**
 * A load balancer's address for the type LoadBalancer; the others are there or they are not. Whether anybody answers is a
 * check's question (tcpSocket). kstatus asks a load balancer for its cluster IP alone. Source: core/v1 ServiceSpec, Kubernetes 1.34.
 */
export const service: KindRule = {
  group: '',
  kind: 'Service',
  assess(object) {
    const type = textAt(object, 'spec', 'type') ?? 'ClusterIP';
    if (type === 'ExternalName')
      return healthy('Exists', `stands for ${textAt(object, 'spec', 'externalName') ?? 'an external name'}`);
    if (type !== 'LoadBalancer') return healthy('Exists');
    if (
      listAt(object, 'status', 'loadBalancer', 'ingress').length > 0 ||
      textsAt(object, 'spec', 'externalIPs').length > 0
    )
      return healthy('LoadBalancerReady');
    return progressing('NoLoadBalancer', 'no load balancer has given it an address yet');
  },
};
