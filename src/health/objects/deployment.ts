import type { KubeObject } from '../../kube/types.ts';
import { degraded, healthy, progressing, suspended, type Verdict } from '../../model/verdict.ts';
import type { KindRule, Related } from '../assess.ts';
import { after, conditionOf, textAt, valueAt } from '../read.ts';
import { counted, notSeenYet, ofRevision, ofYoungest, podNeeds, wantedReplicas, withPods } from '../workload.ts';

const hashLabel = 'pod-template-hash';

/**
 * All replicas updated, available and ready, none left over, conditions agreeing; Helm's weaker "all but maxUnavailable" is
 * not ours. Source: kubectl rollout status; kstatus core.go deploymentConditions; apps/v1 DeploymentStatus, Kubernetes 1.34.
 */
export const deployment: KindRule = {
  group: 'apps',
  kind: 'Deployment',
  needs: [...podNeeds, { apiVersion: 'apps/v1', kind: 'ReplicaSet' }],
  assess(object, related, now) {
    const base = fromStatus(object);
    if (base.verdict === 'Healthy' || base.verdict === 'Suspended') return base;
    return withPods(base, object, related, now, (pods) => newest(object, related, pods));
  },
};

function fromStatus(object: KubeObject): Verdict {
  const wanted = wantedReplicas(object);
  if (valueAt(object, 'spec', 'paused') === true)
    return suspended('Paused', 'its rollout is paused: spec.paused is true');
  // After a restore "none wanted" is more often a quiesced backup than a wish: it takes an accept line to pass.
  if (wanted === 0) return suspended('ScaledToZero', 'wants no replicas: spec.replicas is 0');
  const unseen = notSeenYet(object);
  if (unseen !== undefined) return unseen;
  const rollout = conditionOf(object, 'Progressing');
  const counts = `${counted(object, 'availableReplicas')} of ${wanted} replicas available`;
  // The controller may still get there, so it is not terminal.
  if (rollout?.reason === 'ProgressDeadlineExceeded')
    return degraded('ProgressDeadlineExceeded', `${counts}${after(rollout.message)}`);
  const failure = conditionOf(object, 'ReplicaFailure');
  if (failure?.status === 'True')
    return degraded(failure.reason || 'ReplicaFailure', `${counts}${after(failure.message)}`);
  return missingReplicas(object, wanted) ?? conditionsAgree(object);
}

function missingReplicas(object: KubeObject, wanted: number): Verdict | undefined {
  const [total, updated] = [counted(object, 'replicas'), counted(object, 'updatedReplicas')];
  const [available, ready] = [counted(object, 'availableReplicas'), counted(object, 'readyReplicas')];
  if (available < wanted && updated >= wanted)
    return progressing('LessAvailable', `${available} of ${wanted} replicas available`);
  if (total < wanted) return progressing('LessReplicas', `${total} of ${wanted} replicas made`);
  if (updated < wanted) return progressing('LessUpdated', `${updated} of ${wanted} replicas updated`);
  if (total > wanted) return progressing('ExtraPods', `${total - wanted} old replicas are still there`);
  if (available < updated) return progressing('LessAvailable', `${available} of ${updated} updated replicas available`);
  if (ready < wanted) return progressing('LessReady', `${ready} of ${wanted} replicas ready`);
  return undefined;
}

function conditionsAgree(object: KubeObject): Verdict {
  const available = conditionOf(object, 'Available');
  if (available?.status !== 'True')
    return progressing('NotAvailable', `the condition Available is not True${after(available?.message)}`);
  const rollout = conditionOf(object, 'Progressing');
  // Written only where there is a deadline; the API server's default is one of 600 s.
  if (rollout !== undefined && rollout.reason !== 'NewReplicaSetAvailable') {
    return progressing(
      rollout.reason || 'RollingOut',
      `the new ReplicaSet is not complete yet${after(rollout.message)}`,
    );
  }
  return healthy(
    'Available',
    `${counted(object, 'availableReplicas')} of ${wantedReplicas(object)} replicas available`,
  );
}

/** Pods of the newest ReplicaSet, by the revision that the controller writes on it; else of the youngest pod's. */
function newest(object: KubeObject, related: Related, pods: readonly KubeObject[]): readonly KubeObject[] {
  const mine = related.of('ReplicaSet', object.metadata.namespace).filter((set) => isOwned(set, object));
  const [latest] = mine.toSorted((a, b) => revisionOf(b) - revisionOf(a));
  if (latest === undefined) return ofYoungest(pods, hashLabel);
  return ofRevision(pods, hashLabel, textAt(latest, 'metadata', 'labels', hashLabel));
}

function isOwned(set: KubeObject, object: KubeObject): boolean {
  return (set.metadata.ownerReferences ?? []).some(
    ({ kind, name }) => kind === 'Deployment' && name === object.metadata.name,
  );
}

function revisionOf(set: KubeObject): number {
  return Number(set.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
}
