import { healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { listAt, textAt } from '../read.ts';

/** An ingress controller has published an address. A controller that never does needs an accept line. Source: networking.k8s.io/v1 IngressStatus, Kubernetes 1.34. */
export const ingress: KindRule = {
  group: 'networking.k8s.io',
  kind: 'Ingress',
  assess(object) {
    const address = listAt(object, 'status', 'loadBalancer', 'ingress')
      .map((entry) => textAt(entry, 'ip') ?? textAt(entry, 'hostname'))
      .find((text) => text !== undefined);
    if (address !== undefined) return healthy('AddressPublished', `reached at ${address}`);
    return progressing(
      'NoAddress',
      `no ingress controller has published an address for the class ${textAt(object, 'spec', 'ingressClassName') ?? '(default)'} yet`,
    );
  },
};
