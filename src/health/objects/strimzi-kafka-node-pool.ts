import type { KubeObject } from '../../kube/types.ts';
import { healthy, progressing, suspended, unknown, type Verdict } from '../../model/verdict.ts';
import type { KindRule, Related } from '../assess.ts';
import { podsLabelled, withEnginePods } from '../engine-pods.ts';
import { conditionOf, hasStatusContent, numberAt } from '../read.ts';
import { strimziAside } from '../strimzi.ts';
import { podNeeds } from '../workload.ts';

/**
 * As many nodes as it wants, each ready. The status has no Ready, and its `replicas` is what the operator wants, not what
 * runs: the pods are counted here. Source: Strimzi 1.2, cluster-operator model/KafkaPool.java generateNodePoolStatus.
 */
export const strimziKafkaNodePool: KindRule = {
  group: 'kafka.strimzi.io',
  kind: 'KafkaNodePool',
  needs: podNeeds,
  aside: strimziAside,
  assess(object, related, now) {
    const wanted = numberAt(object, 'spec', 'replicas') ?? 0;
    if (wanted === 0) return suspended('ScaledToZero', 'wants no nodes: spec.replicas is 0');
    if (!hasStatusContent(object)) return progressing('NoStatus', 'its operator has not reported on it yet');
    const planned = numberAt(object, 'status', 'replicas') ?? 0;
    if (planned !== wanted) return progressing('Scaling', `its operator plans ${planned} nodes, ${wanted} are wanted`);
    const base = fromPods(object, related, wanted);
    return base.verdict === 'Unknown' ? base : withEnginePods(base, object, related, now, labelsOf(object));
  },
};

function labelsOf(object: KubeObject): { readonly [label: string]: string } {
  const cluster = object.metadata.labels?.['strimzi.io/cluster'];
  return {
    'strimzi.io/pool-name': object.metadata.name,
    ...(cluster === undefined ? {} : { 'strimzi.io/cluster': cluster }),
  };
}

function fromPods(object: KubeObject, related: Related, wanted: number): Verdict {
  if (!related.knows('Pod', object.metadata.namespace))
    return unknown('PodsNotSeen', 'its pods could not be looked at, and its status does not count them');
  const pods = podsLabelled(object, related, labelsOf(object));
  const ready = pods.filter((pod) => conditionOf(pod, 'Ready')?.status === 'True').length;
  const counts = `${ready} of ${wanted} nodes ready`;
  return ready < wanted ? progressing('LessReady', counts) : healthy('Ready', counts);
}
