import { degraded, healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, conditionOf } from '../read.ts';

/** It names a priority level that is there. Source: flowcontrol.apiserver.k8s.io/v1 FlowSchemaConditionType Dangling, Kubernetes 1.34. */
export const flowSchema: KindRule = {
  group: 'flowcontrol.apiserver.k8s.io',
  kind: 'FlowSchema',
  assess(object) {
    const dangling = conditionOf(object, 'Dangling');
    if (dangling === undefined) return progressing('NoStatus', 'the API server has not looked at it yet');
    if (dangling.status === 'True')
      return degraded('Dangling', `names a priority level that is not there${after(dangling.message)}`);
    return healthy('Found');
  },
};
