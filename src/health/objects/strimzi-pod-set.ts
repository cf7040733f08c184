import { healthy, progressing, suspended } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { explainedByPods } from '../pods.ts';
import { hasStatusContent, listAt, numberAt, selects, valueAt } from '../read.ts';
import { podNeeds } from '../workload.ts';

/** All its pods there, ready, and at the newest revision. Source: Strimzi 1.2, api StrimziPodSetStatus.java. */
export const strimziPodSet: KindRule = {
  group: 'core.strimzi.io',
  kind: 'StrimziPodSet',
  needs: podNeeds,
  assess(object, related, now) {
    const wanted = listAt(object, 'spec', 'pods').length;
    if (wanted === 0) return suspended('ScaledToZero', 'wants no pods: spec.pods is empty');
    const count = (field: string): number => numberAt(object, 'status', field) ?? 0;
    const ready = count('readyPods');
    const counts = `${ready} of ${wanted} pods ready`;
    if (ready >= wanted && count('currentPods') >= wanted) return healthy('Ready', counts);
    const reason = ready < wanted ? 'LessReady' : 'LessUpdated';
    const base = hasStatusContent(object)
      ? progressing(reason, `${counts}, ${count('currentPods')} at the newest revision`)
      : progressing('NoStatus', 'its operator has not reported on it yet');
    const selector = valueAt(object, 'spec', 'selector');
    const pods = related.of('Pod', object.metadata.namespace).filter((pod) => selects(selector, pod.metadata.labels));
    return explainedByPods(base, pods, related, now);
  },
};
