import type { KubeObject } from '../kube/types.ts';
import type { Related } from './assess.ts';
import { listAt, valueAt } from './read.ts';

/** The kind that `hasEndpoint` asks for. */
export const endpointNeeds = [{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' }] as const;

/** Whether somebody ready stands behind a Service; undefined when the endpoints were not, or could not be, looked at. Pure. */
export function hasEndpoint(related: Related, namespace: string | undefined, service: string): boolean | undefined {
  const slices = related
    .of('EndpointSlice', namespace)
    .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === service);
  if (slices.some(hasReadyEndpoint)) return true;
  return related.knows('EndpointSlice', namespace) ? false : undefined;
}

/** `ready` left out means ready: discovery.k8s.io/v1 EndpointConditions. */
function hasReadyEndpoint(slice: KubeObject): boolean {
  return listAt(slice, 'endpoints').some((endpoint) => valueAt(endpoint, 'conditions', 'ready') !== false);
}
