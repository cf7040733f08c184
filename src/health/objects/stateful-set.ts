import type { KubeObject } from '../../kube/types.ts';
import { healthy, progressing, suspended, type Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { numberAt, textAt } from '../read.ts';
import { counted, notSeenYet, ofRevision, podNeeds, wantedReplicas, withPods } from '../workload.ts';

/**
 * All replicas there, ready and available, at the newest revision (or the part of it that a partition asks for). OnDelete
 * still needs its replicas ready, unlike kstatus; the revision is looked at whatever rollingUpdate says, unlike Argo CD.
 * A StatefulSet has no conditions: its pods say why. Source: apps/v1 StatefulSetStatus, Kubernetes 1.34; kstatus statefulsetConditions.
 */
export const statefulSet: KindRule = {
  group: 'apps',
  kind: 'StatefulSet',
  needs: podNeeds,
  assess(object, related, now) {
    const base = fromStatus(object);
    if (base.verdict === 'Healthy' || base.verdict === 'Suspended') return base;
    const revision = textAt(object, 'status', 'updateRevision');
    return withPods(base, object, related, now, (pods) => ofRevision(pods, 'controller-revision-hash', revision));
  },
};

function fromStatus(object: KubeObject): Verdict {
  const wanted = wantedReplicas(object);
  if (wanted === 0) return suspended('ScaledToZero', 'wants no replicas: spec.replicas is 0');
  const unseen = notSeenYet(object);
  if (unseen !== undefined) return unseen;
  const [total, ready, available] = [
    counted(object, 'replicas'),
    counted(object, 'readyReplicas'),
    counted(object, 'availableReplicas'),
  ];
  if (total < wanted) return progressing('LessReplicas', `${ready} of ${wanted} replicas ready, ${total} made`);
  if (ready < wanted) return progressing('LessReady', `${ready} of ${wanted} replicas ready`);
  if (total > wanted) return progressing('ExtraPods', `${total - wanted} replicas too many are still there`);
  // minReadySeconds lies between ready and available.
  if (available < wanted) return progressing('LessAvailable', `${available} of ${wanted} replicas available`);
  return rolledOut(object, wanted) ?? healthy('Ready', `${ready} of ${wanted} replicas ready`);
}

function rolledOut(object: KubeObject, wanted: number): Verdict | undefined {
  if (textAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete') return undefined;
  const updated = counted(object, 'updatedReplicas');
  const partition = numberAt(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0;
  if (partition > 0) {
    const due = Math.max(0, wanted - partition);
    return updated < due
      ? progressing('PartitionRollout', `${updated} of ${due} replicas updated above partition ${partition}`)
      : undefined;
  }
  const [current, update] = [textAt(object, 'status', 'currentRevision'), textAt(object, 'status', 'updateRevision')];
  if (current !== update)
    return progressing('LessUpdated', `${updated} of ${wanted} replicas updated to revision ${update}`);
  return undefined;
}
