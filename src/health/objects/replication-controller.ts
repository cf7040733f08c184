import type { KubeObject } from '../../kube/types.ts';
import { degraded, healthy, progressing, suspended, type Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { explainedByPods } from '../pods.ts';
import { after, conditionOf, fieldsAt } from '../read.ts';
import { counted, notSeenYet, podNeeds, wantedReplicas } from '../workload.ts';

/** As a ReplicaSet, with a plain map of labels as selector. Source: core/v1 ReplicationControllerStatus, Kubernetes 1.34. */
export const replicationController: KindRule = {
  group: '',
  kind: 'ReplicationController',
  needs: podNeeds,
  assess(object, related, now) {
    const base = fromStatus(object);
    if (base.verdict === 'Healthy' || base.verdict === 'Suspended') return base;
    const labels = Object.entries(fieldsAt(object, 'spec', 'selector'));
    const pods = related
      .of('Pod', object.metadata.namespace)
      .filter((pod) => labels.length > 0 && labels.every(([key, value]) => pod.metadata.labels?.[key] === value));
    return explainedByPods(base, pods, related, now);
  },
};

function fromStatus(object: KubeObject): Verdict {
  const wanted = wantedReplicas(object);
  if (wanted === 0) return suspended('ScaledToZero', 'wants no replicas: spec.replicas is 0');
  const unseen = notSeenYet(object);
  if (unseen !== undefined) return unseen;
  const failure = conditionOf(object, 'ReplicaFailure');
  if (failure?.status === 'True')
    return degraded(failure.reason || 'ReplicaFailure', `cannot make its replicas${after(failure.message)}`);
  const available = counted(object, 'availableReplicas');
  if (available < wanted) return progressing('LessAvailable', `${available} of ${wanted} replicas available`);
  if (counted(object, 'replicas') > wanted)
    return progressing('ExtraPods', 'more replicas than wanted are still there');
  return healthy('Available', `${available} of ${wanted} replicas available`);
}
