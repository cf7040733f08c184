import { type QuiesceKind, scaled } from '../kind.ts';

/** An autoscaler of a Deployment at zero replicas leaves it there: Kubernetes 1.34, pkg/controller/podautoscaler/horizontal.go, ScalingDisabled. */
export const deployment: QuiesceKind = {
  kind: 'Deployment',
  apiVersion: 'apps/v1',
  plural: 'deployments',
  ...scaled,
};
