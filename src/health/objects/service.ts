import type { KubeObject } from '../../kube/types.ts';
import { healthy, progressing, unknown, type Verdict } from '../../model/verdict.ts';
import type { KindRule, Related } from '../assess.ts';
import { endpointNeeds, hasEndpoint } from '../endpoints.ts';
import { fieldsAt, listAt, textAt, textsAt } from '../read.ts';

/**
 * A load balancer's address for the type LoadBalancer, and a ready endpoint where it selects pods that are there. One that
 * selects none is there or it is not: its workload may come in a later step, be scaled to nothing, or be the replicas of
 * a database that has none. But one that is reached from outside has to have somebody behind it. Whether anybody
 * answers is a check's question (tcpSocket). kstatus asks a load balancer for its cluster IP alone, and nobody for
 * endpoints. Source: core/v1 ServiceSpec, Kubernetes 1.34.
 */
export const service: KindRule = {
  group: '',
  kind: 'Service',
  needs: [...endpointNeeds, { apiVersion: 'v1', kind: 'Pod' }],
  assess(object, related) {
    const type = textAt(object, 'spec', 'type') ?? 'ClusterIP';
    if (type === 'ExternalName')
      return healthy('Exists', `stands for ${textAt(object, 'spec', 'externalName') ?? 'an external name'}`);
    if (type === 'LoadBalancer' && !hasAddress(object))
      return progressing('NoLoadBalancer', 'no load balancer has given it an address yet');
    return selectsPods(object) ? endpoints(object, type, related) : there(type);
  },
};

function hasAddress(object: KubeObject): boolean {
  return (
    listAt(object, 'status', 'loadBalancer', 'ingress').length > 0 || textsAt(object, 'spec', 'externalIPs').length > 0
  );
}

function there(type: string): Verdict {
  return healthy(type === 'LoadBalancer' ? 'LoadBalancerReady' : 'Exists');
}

function selectsPods(object: KubeObject): boolean {
  return textAt(object, 'spec', 'clusterIP') !== 'None' && Object.keys(fieldsAt(object, 'spec', 'selector')).length > 0;
}

function endpoints(object: KubeObject, type: string, related: Related): Verdict {
  const { name, namespace } = object.metadata;
  const ready = hasEndpoint(related, namespace, name);
  if (ready === true) return healthy('EndpointsReady', 'a pod that it selects is ready');
  if (ready === undefined) return unknown('EndpointsNotKnown', 'its endpoints were not looked at');
  const wanted = Object.entries(fieldsAt(object, 'spec', 'selector'));
  const text = wanted.map(([key, value]) => `${key}=${String(value)}`).join(', ');
  const pods = related
    .of('Pod', namespace)
    .filter(({ metadata }) => wanted.every(([key, value]) => metadata.labels?.[key] === value));
  if (type === 'ClusterIP' && pods.length === 0 && related.knows('Pod', namespace))
    return healthy('NobodySelected', `there is no pod of ${text}: nobody would answer`);
  return progressing('NoReadyEndpoints', `none of ${pods.length} pods of ${text} is ready: nobody would answer`);
}
