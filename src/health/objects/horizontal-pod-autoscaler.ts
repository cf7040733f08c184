import { degraded, healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, conditionOf, hasStatusContent } from '../read.ts';

/**
 * It can scale and its metrics are there. Metrics come last in a restore, so gates take it as a debt.
 * Source: autoscaling/v2 HorizontalPodAutoscalerConditionType, Kubernetes 1.34, pkg/controller/podautoscaler/horizontal.go.
 */
export const horizontalPodAutoscaler: KindRule = {
  group: 'autoscaling',
  kind: 'HorizontalPodAutoscaler',
  assess(object) {
    const [able, active] = [conditionOf(object, 'AbleToScale'), conditionOf(object, 'ScalingActive')];
    if (!hasStatusContent(object) || able === undefined)
      return progressing('NoStatus', 'its controller has not looked at it yet');
    if (able.status !== 'True')
      return degraded(able.reason || 'NotAbleToScale', `cannot scale its target${after(able.message)}`);
    // The reason that the controller gives for a target at zero replicas: nothing to scale, by intent.
    if (active?.status === 'False' && active.reason === 'ScalingDisabled')
      return healthy('ScalingDisabled', active.message);
    if (active?.status === 'False')
      return degraded(active.reason || 'ScalingNotActive', `has no metrics to scale by${after(active.message)}`);
    if (active?.status === 'Unknown') return progressing(active.reason || 'NotActive', 'has not read its metrics yet');
    return healthy(able.reason || 'AbleToScale');
  },
};
