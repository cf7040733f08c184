import type { KubeObject } from '../../kube/types.ts';
import { healthy, progressing, type Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { numberAt, textAt } from '../read.ts';
import { counted, notSeenYet, ofYoungest, podNeeds, withPods } from '../workload.ts';

/**
 * Current, updated, available and ready on every node that it wants. A DaemonSet that wants no node at all runs nowhere and
 * is not taken for healthy. Source: apps/v1 DaemonSetStatus, Kubernetes 1.34; kstatus daemonsetConditions.
 */
export const daemonSet: KindRule = {
  group: 'apps',
  kind: 'DaemonSet',
  needs: podNeeds,
  assess(object, related, now) {
    const base = fromStatus(object);
    if (base.verdict === 'Healthy') return base;
    return withPods(base, object, related, now, (pods) => ofYoungest(pods, 'controller-revision-hash'));
  },
};

function fromStatus(object: KubeObject): Verdict {
  const unseen = notSeenYet(object);
  const wanted = numberAt(object, 'status', 'desiredNumberScheduled');
  if (unseen !== undefined) return unseen;
  if (wanted === undefined) return progressing('NoStatus', 'its controller has not counted the nodes yet');
  if (wanted === 0)
    return progressing('NoNodeMatches', 'wants no node: none matches its node selector and tolerations');
  const [current, updated] = [counted(object, 'currentNumberScheduled'), counted(object, 'updatedNumberScheduled')];
  const [available, ready] = [counted(object, 'numberAvailable'), counted(object, 'numberReady')];
  const onDelete = textAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete';
  if (current < wanted) return progressing('LessCurrent', `on ${current} of ${wanted} nodes`);
  if (updated < wanted && !onDelete) return progressing('LessUpdated', `updated on ${updated} of ${wanted} nodes`);
  if (available < wanted) return progressing('LessAvailable', `available on ${available} of ${wanted} nodes`);
  if (ready < wanted) return progressing('LessReady', `ready on ${ready} of ${wanted} nodes`);
  return healthy('Available', `available on ${available} of ${wanted} nodes`);
}
