import type { KubeObject } from '../kube/types.ts';
import { progressing, type Verdict } from '../model/verdict.ts';
import type { Related } from './assess.ts';
import { eventNeed, withWarning } from './events.ts';
import { explainedByPods } from './pods.ts';
import { hasStatusContent, numberAt, selects, textAt, valueAt } from './read.ts';

/** The related kinds that every workload's rule asks for: its pods, and what is said of them. */
export const podNeeds = [{ apiVersion: 'v1', kind: 'Pod' }, eventNeed] as const;

/** The number a controller writes into its status; what is not written is 0, as Kubernetes leaves zeros out. */
export function counted(object: KubeObject, field: string): number {
  return numberAt(object, 'status', field) ?? 0;
}

/** `spec.replicas`, 1 when not given: the API server's default. Throws for what no API server takes: nothing follows from it. */
export function wantedReplicas(object: KubeObject): number {
  const wanted = valueAt(object, 'spec', 'replicas') ?? 1;
  if (typeof wanted !== 'number' || !Number.isInteger(wanted) || wanted < 0)
    throw new Error('spec.replicas is not a whole number of 0 or more');
  return wanted;
}

/** Progressing when the controller has not written its status for any generation yet. An API server always writes a generation: what has none was trimmed by hand. */
export function notSeenYet(object: KubeObject): Verdict | undefined {
  if (
    hasStatusContent(object) &&
    (object.metadata.generation === undefined || counted(object, 'observedGeneration') > 0)
  )
    return undefined;
  return progressing('NoStatus', 'its controller has not reported on it yet');
}

/** A workload's verdict, with what its newest pods say. `newestOnly` keeps the pods of the newest revision. */
export function withPods(
  base: Verdict,
  object: KubeObject,
  related: Related,
  now: Date,
  newestOnly: (pods: readonly KubeObject[]) => readonly KubeObject[],
): Verdict {
  const pods = newestOnly(podsOf(object, related));
  // Why there is no pod at all is told by an event on the workload itself.
  if (pods.length === 0) return withWarning(base, object, related, now);
  return explainedByPods(base, pods, related, now);
}

/** The pods that a workload selects and that no other controller owns. */
export function podsOf(object: KubeObject, related: Related): readonly KubeObject[] {
  const selector = valueAt(object, 'spec', 'selector');
  const pods = related.of('Pod', object.metadata.namespace);
  return pods.filter((pod) => selects(selector, pod.metadata.labels) && mayOwn(object, pod));
}

/** Pods of a Deployment belong to its ReplicaSets, whose names begin with its own. */
function mayOwn(object: KubeObject, pod: KubeObject): boolean {
  const owner = (pod.metadata.ownerReferences ?? []).find((reference) => reference.controller === true);
  if (owner === undefined) return true;
  if (object.kind === 'Deployment')
    return owner.kind === 'ReplicaSet' && owner.name.startsWith(`${object.metadata.name}-`);
  return owner.kind === object.kind && owner.name === object.metadata.name;
}

/** The pods that carry a revision; all of them when none does (a restored pod may have lost the label). */
export function ofRevision(
  pods: readonly KubeObject[],
  label: string,
  revision: string | undefined,
): readonly KubeObject[] {
  if (revision === undefined) return pods;
  const newest = pods.filter((pod) => pod.metadata.labels?.[label] === revision);
  return newest.length > 0 ? newest : pods;
}

/** The pods with the same revision as the youngest pod: where nobody says which revision is the newest. */
export function ofYoungest(pods: readonly KubeObject[], label: string): readonly KubeObject[] {
  const [youngest] = pods.toSorted((a, b) =>
    (textAt(b, 'metadata', 'creationTimestamp') ?? '').localeCompare(textAt(a, 'metadata', 'creationTimestamp') ?? ''),
  );
  return ofRevision(pods, label, youngest?.metadata.labels?.[label]);
}
