import { healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, conditionOf } from '../read.ts';
import { counted, notSeenYet } from '../workload.ts';

/** As many healthy pods as it asks for; kstatus is content once it was looked at. Source: policy/v1 PodDisruptionBudgetStatus, Kubernetes 1.34. */
export const podDisruptionBudget: KindRule = {
  group: 'policy',
  kind: 'PodDisruptionBudget',
  assess(object) {
    const unseen = notSeenYet(object);
    if (unseen !== undefined) return unseen;
    const allowed = conditionOf(object, 'DisruptionAllowed');
    if (allowed?.reason === 'SyncFailed')
      return progressing('SyncFailed', `its controller cannot count its pods${after(allowed.message)}`);
    const [current, desired] = [counted(object, 'currentHealthy'), counted(object, 'desiredHealthy')];
    if (current < desired) return progressing('LessHealthy', `${current} of ${desired} healthy pods that it asks for`);
    return healthy('EnoughHealthy', `${current} healthy pods, ${desired} asked for`);
  },
};
