import type { KubeObject } from '../kube/types.ts';
import { progressing, unknown, type Verdict } from '../model/verdict.ts';
import type { Related } from './assess.ts';
import { withWarning } from './events.ts';
import { statefulSet } from './objects/stateful-set.ts';
import { explainedByPods } from './pods.ts';
import { numberAt } from './read.ts';
import { podNeeds } from './workload.ts';

/** The pods of the object's namespace that carry all of these labels. */
export function podsLabelled(
  object: KubeObject,
  related: Related,
  labels: { readonly [label: string]: string },
): readonly KubeObject[] {
  const wanted = Object.entries(labels);
  const pods = related.of('Pod', object.metadata.namespace);
  return pods.filter((pod) => wanted.every(([label, value]) => pod.metadata.labels?.[label] === value));
}

/**
 * An engine's verdict, with what its pods say: what is on its way becomes Degraded by a pod in trouble, what is Degraded keeps
 * the engine's own reason, which says more than its pods'. Healthy and Suspended ask for no pods.
 */
export function withEnginePods(
  base: Verdict,
  object: KubeObject,
  related: Related,
  now: Date,
  labels: { readonly [label: string]: string },
): Verdict {
  if (base.verdict === 'Healthy' || base.verdict === 'Suspended') return base;
  const pods = podsLabelled(object, related, labels);
  if (pods.length === 0) return withWarning(base, object, related, now);
  const explained = explainedByPods(base, pods, related, now);
  return base.verdict === 'Degraded' ? { ...base, message: explained.message } : explained;
}

/** The related kinds that `byStatefulSet` asks for. */
export const statefulSetNeeds = [{ apiVersion: 'apps/v1', kind: 'StatefulSet' }, ...podNeeds] as const;

/**
 * The verdict of an engine whose own status does not count its instances, by the StatefulSet that its operator makes: all of
 * `wanted` there and ready. Unknown when StatefulSets may not be read. Pure.
 */
export function byStatefulSet(
  object: KubeObject,
  related: Related,
  now: Date,
  { name, wanted }: { readonly name: string; readonly wanted: number },
): Verdict {
  const namespace = object.metadata.namespace;
  if (!related.knows('StatefulSet', namespace))
    return unknown('StatefulSetNotSeen', `its StatefulSet ${name} could not be looked at`);
  const found = related.of('StatefulSet', namespace).find((set) => set.metadata.name === name);
  if (found === undefined)
    return withWarning(progressing('NoStatefulSet', `its StatefulSet ${name} is not there yet`), object, related, now);
  const asked = numberAt(found, 'spec', 'replicas') ?? 1;
  if (asked !== wanted)
    return progressing('Scaling', `StatefulSet ${name} is of ${asked} instances, ${wanted} are wanted`);
  if (numberAt(found, 'status', 'observedGeneration') !== numberAt(found, 'metadata', 'generation'))
    return progressing('StaleStatefulSet', `the status of StatefulSet ${name} is of another generation`);
  const verdict = statefulSet.assess(found, related, now);
  return { ...verdict, message: `StatefulSet ${name}: ${verdict.message}` };
}

/** The verdict of an engine that is what its operator's word says, or else what its StatefulSet says, where the word is good or the set is in trouble. */
export function wordAndSet(word: Verdict, set: Verdict): Verdict {
  if (word.verdict === 'Healthy' || set.verdict === 'Degraded') return set;
  return { ...word, message: `${word.message}; ${set.message}` };
}
