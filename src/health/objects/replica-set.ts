import type { KubeObject } from '../../kube/types.ts';
import { degraded, healthy, progressing, suspended, type Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, conditionOf } from '../read.ts';
import { counted, notSeenYet, podNeeds, wantedReplicas, withPods } from '../workload.ts';

/** All replicas there, labelled, available and ready. Source: apps/v1 ReplicaSetStatus, Kubernetes 1.34; kstatus replicasetConditions. */
export const replicaSet: KindRule = {
  group: 'apps',
  kind: 'ReplicaSet',
  needs: podNeeds,
  assess(object, related, now) {
    const base = replicaVerdict(object);
    if (base.verdict === 'Healthy' || base.verdict === 'Suspended') return base;
    return withPods(base, object, related, now, (pods) => pods);
  },
};

function replicaVerdict(object: KubeObject): Verdict {
  const wanted = wantedReplicas(object);
  const owned = (object.metadata.ownerReferences ?? []).some((owner) => owner.controller === true);
  // An old revision of a Deployment rests at zero; one of its own at zero runs nothing.
  if (wanted === 0 && !owned) return suspended('ScaledToZero', 'wants no replicas: spec.replicas is 0');
  const unseen = notSeenYet(object);
  if (unseen !== undefined) return unseen;
  const [total, labelled] = [counted(object, 'replicas'), counted(object, 'fullyLabeledReplicas')];
  const [available, ready] = [counted(object, 'availableReplicas'), counted(object, 'readyReplicas')];
  const failure = conditionOf(object, 'ReplicaFailure');
  if (failure?.status === 'True')
    return degraded(failure.reason || 'ReplicaFailure', `${total} of ${wanted} replicas made${after(failure.message)}`);
  if (total > wanted) return progressing('ExtraPods', `${total - wanted} replicas too many are still there`);
  if (labelled < wanted)
    return progressing('LessLabelled', `${labelled} of ${wanted} replicas carry the labels of the template`);
  if (available < wanted) return progressing('LessAvailable', `${available} of ${wanted} replicas available`);
  if (ready < wanted) return progressing('LessReady', `${ready} of ${wanted} replicas ready`);
  return healthy('Available', `${available} of ${wanted} replicas available`);
}
