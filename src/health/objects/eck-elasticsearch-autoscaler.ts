import { degraded, healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { eckAside } from '../eck.ts';
import { after, conditionOf } from '../read.ts';

/**
 * Active (its Elasticsearch is there), Online (it answers) and Healthy. Limited is not looked at. Source: ECK 3.5,
 * pkg/apis/common/v1alpha1/autoscaling_status.go.
 */
export const eckElasticsearchAutoscaler: KindRule = {
  group: 'autoscaling.k8s.elastic.co',
  kind: 'ElasticsearchAutoscaler',
  aside: eckAside,
  assess(object) {
    for (const type of ['Active', 'Online', 'Healthy']) {
      const condition = conditionOf(object, type);
      if (condition === undefined) return progressing('NoStatus', `its operator has not reported ${type} yet`);
      if (condition.status === 'True') continue;
      const message = `${type} is ${condition.status}${after(condition.message)}`;
      return type === 'Healthy' && condition.status === 'False'
        ? degraded('NotHealthy', message)
        : progressing(`Not${type}`, message);
    }
    return healthy('Healthy');
  },
};
