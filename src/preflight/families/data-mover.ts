import type { FindingReport } from '../../model/report.ts';
import { itemText, mounts, targetClass } from '../mapped.ts';
import { type Assigned, block, type Family, few, groupedBy, restoredOf, type Survey, warn } from '../survey.ts';

/** On a claim whose data Velero's data mover took: Velero 1.18.3, pkg/apis/velero/v1/labels_annotations.go. */
const dataUploadAnnotation = 'velero.io/data-upload-name';

/** Volumes whose data comes from the object store: the node agent must be there, and nothing may wait for ever. */
export const dataMover: Family = {
  name: 'dataMover',
  judge: (survey) => {
    const moved = movedClaims(survey);
    return [...nodeAgent(survey, moved.length), ...deadlocks(survey, moved)];
  },
};

function movedClaims(survey: Survey): readonly Assigned[] {
  if (!survey.live.velero.movesData) return [];
  return restoredOf(survey).filter(
    ({ item }) => item.resource === 'persistentvolumeclaims' && item.annotations[dataUploadAnnotation] !== undefined,
  );
}

/** They come back with their very pods: of pods that nobody restores nothing is waited for. */
function copiesOf(survey: Survey): number {
  const pods = new Set(
    restoredOf(survey).flatMap(({ item }) => (item.resource === 'pods' ? `${item.namespace ?? ''}/${item.name}` : [])),
  );
  return survey.live.velero.fileCopies.filter(({ namespace, pod }) => pods.has(`${namespace}/${pod}`)).length;
}

function nodeAgent(survey: Survey, moved: number): FindingReport[] {
  const { nodeAgent: agent, namespace } = survey.live.velero;
  const copies = copiesOf(survey);
  const what = [
    ...(moved > 0 ? [`${moved} claims that the data mover took`] : []),
    ...(copies > 0 ? [`${copies} volumes copied by file`] : []),
  ].join(' and ');
  if (what === '') return [];
  if (!agent)
    return [
      block(
        'NodeAgentMissing',
        `the Backup holds ${what}, and namespace ${namespace} has no DaemonSet node-agent to bring them back: each would wait for hours; install Velero with --use-node-agent`,
      ),
    ];
  if (agent.ready === 0)
    return [
      block(
        'NodeAgentMissing',
        `the Backup holds ${what}, and no pod of DaemonSet ${namespace}/node-agent is ready (${agent.wanted} wanted); look at its pods`,
      ),
    ];
  if (agent.ready < agent.wanted)
    return [
      warn(
        'NodeAgentPartly',
        `the Backup holds ${what}, and only ${agent.ready} of ${agent.wanted} pods of DaemonSet ${namespace}/node-agent are ready: volumes of pods on the other nodes wait; look at its pods`,
      ),
    ];
  return [];
}

/**
 * The data mover waits until a pod that uses the claim has a node, and Velero's Restore waits for the data mover: a claim of a
 * class that binds at its first consumer, restored by a step without a consumer, holds both for ever. Velero 1.18.3,
 * pkg/util/kube/pvc_pv.go WaitPVCConsumed; pkg/types/node_agent.go RestorePVC.
 */
function deadlocks(survey: Survey, moved: readonly Assigned[]): FindingReport[] {
  if (survey.live.velero.nodeAgent?.ignoresDelayBinding) return [];
  const waiting = moved.filter((claim) => waitsForConsumer(survey, claim) && !hasConsumer(survey, claim));
  return Array.from(
    groupedBy(waiting, ({ places }) => places[0]?.step ?? ''),
    ([step, list]) =>
      block(
        'DataMoverDeadlock',
        `step ${step} restores ${few(list.map(({ item }) => itemText(item)))} by the data mover, but their StorageClass binds only when a pod asks (WaitForFirstConsumer) and no pod comes in that step: Restore and data mover would wait for each other; set restorePVC.ignoreDelayBinding in the node agent's ConfigMap (--node-agent-configmap), map them to a class that binds at once (storageClassMapping), or restore them together with the workload that mounts them`,
        { step },
      ),
  );
}

function waitsForConsumer(survey: Survey, claim: Assigned): boolean {
  const { storageClasses } = survey.live;
  const name = targetClass(survey.plan, claim);
  const found = storageClasses.find((one) => (name === undefined ? one.isDefault : one.name === name));
  return found?.waitsForConsumer ?? false;
}

/** Whether the step that restores a claim also restores pods that mount it. */
function hasConsumer(survey: Survey, claim: Assigned): boolean {
  const step = claim.places[0]?.step;
  return restoredOf(survey).some(
    ({ item, places }) =>
      item.namespace === claim.item.namespace &&
      places.some((place) => place.step === step) &&
      (item.facts?.pods?.count ?? 0) > 0 &&
      mounts(item, claim.item.name),
  );
}
