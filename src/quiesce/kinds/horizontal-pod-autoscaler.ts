import { isRecord, valueAt } from '../../kube/read.ts';
import { jsonAt, type QuiesceKind } from '../kind.ts';

const directions = ['scaleUp', 'scaleDown'] as const;

/**
 * Stopped by selectPolicy Disabled in both directions: metrics move nothing any more. Outside minReplicas and maxReplicas it
 * still brings its target in between. Kubernetes 1.34, pkg/controller/podautoscaler/horizontal.go, calculateScaleUpLimitWithScalingRules.
 */
export const horizontalPodAutoscaler: QuiesceKind = {
  kind: 'HorizontalPodAutoscaler',
  apiVersion: 'autoscaling/v2',
  plural: 'horizontalpodautoscalers',
  refuses: ({ apiVersion }) =>
    apiVersion === 'autoscaling/v1' ? 'is of autoscaling/v1, which has no spec.behavior' : undefined,
  beforeOf: (object) => ({
    behavior: isRecord(valueAt(object, 'spec', 'behavior')),
    ...Object.fromEntries(directions.map((way) => [way, jsonAt(object, 'spec', 'behavior', way, 'selectPolicy')])),
  }),
  quiesced: (object) =>
    directions.every((way) => jsonAt(object, 'spec', 'behavior', way, 'selectPolicy') === 'Disabled'),
  patchFor: () => ({
    spec: { behavior: { scaleUp: { selectPolicy: 'Disabled' }, scaleDown: { selectPolicy: 'Disabled' } } },
  }),
  patchBack: (_object, before) => ({
    spec: {
      behavior:
        before['behavior'] === true
          ? Object.fromEntries(directions.map((way) => [way, { selectPolicy: before[way] ?? null }]))
          : null,
    },
  }),
};
