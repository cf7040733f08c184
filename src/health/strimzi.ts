import type { KubeObject } from '../kube/types.ts';
import { degraded, healthy, progressing, suspended, type Verdict } from '../model/verdict.ts';
import type { KindRule, Related } from './assess.ts';
import { withEnginePods } from './engine-pods.ts';
import { after, conditionsOf, listAt, numberAt, textAt, type Condition, type Fields } from './read.ts';
import { podNeeds } from './workload.ts';

const group = 'kafka.strimzi.io';

/** Paused by `strimzi.io/pause-reconciliation`: the operator leaves the object alone. Source: Strimzi 1.2, api ResourceAnnotations. */
export function strimziAside(object: KubeObject): Verdict | undefined {
  return object.metadata.annotations?.['strimzi.io/pause-reconciliation'] === 'true'
    ? suspended(
        'ReconciliationPaused',
        'its operator leaves it alone: annotation strimzi.io/pause-reconciliation is "true"',
      )
    : undefined;
}

/**
 * The conditions that all kinds of Strimzi share: one `Ready=True`, or one `NotReady=True` with the error's class as reason
 * (`Creating` while a new cluster comes up). All its errors count as suspect: the operator tries again every two minutes, and
 * the cure (a user's Secret, a node pool, the cluster itself) is often a later step. `Warning` may stand beside either.
 * Source: Strimzi 0.40 to 1.2, operator-common StatusUtils.java, cluster-operator KafkaAssemblyOperator.java; `v1` and `v1beta2` alike.
 */
export function strimziReady(object: KubeObject): Verdict {
  const conditions = conditionsOf(object);
  const isTrue = (type: string): Condition | undefined =>
    conditions.find((condition) => condition.type === type && condition.status === 'True');
  if (conditions.length === 0) return progressing('NoStatus', 'its operator has not reported on it yet');
  if (isTrue('ReconciliationPaused') !== undefined)
    return suspended('ReconciliationPaused', 'its operator says that reconciliation is paused');
  const notReady = isTrue('NotReady');
  if (notReady?.reason === 'Creating') return progressing('Creating', `is being made${after(notReady.message)}`);
  if (notReady !== undefined)
    return degraded(notReady.reason || 'NotReady', `is not ready${after(notReady.message || notReady.reason)}`);
  const warning = isTrue('Warning');
  const beside = warning === undefined ? '' : `with a warning${after(warning.message || warning.reason)}`;
  if (isTrue('Ready') !== undefined) return healthy('Ready', beside);
  return progressing(
    'NotReadyYet',
    `has no condition Ready yet${after(conditions.map(({ type }) => type).join(', '))}`,
  );
}

/** `strimziReady`, and as many replicas as `spec.replicas` wants: Connect, MirrorMaker 2 and the bridge count them. */
export function strimziReplicas(object: KubeObject): Verdict {
  const wanted = numberAt(object, 'spec', 'replicas') ?? 1;
  if (wanted === 0) return suspended('ScaledToZero', 'wants no replicas: spec.replicas is 0');
  const base = strimziReady(object);
  if (base.verdict !== 'Healthy') return base;
  const there = numberAt(object, 'status', 'replicas') ?? 0;
  if (there < wanted) return progressing('LessReplicas', `is Ready, but ${there} of ${wanted} replicas are there`);
  return { ...base, message: [`${there} of ${wanted} replicas there`, base.message].filter(Boolean).join(', ') };
}

/** A kind of Strimzi that runs pods: its own judgement, explained by the pods that carry its name and kind. */
export function strimziRule(kind: string, judge: (object: KubeObject) => Verdict): KindRule {
  return {
    group,
    kind,
    needs: podNeeds,
    aside: strimziAside,
    assess: (object: KubeObject, related: Related, now: Date) =>
      withEnginePods(judge(object), object, related, now, {
        'strimzi.io/cluster': object.metadata.name,
        'strimzi.io/kind': kind,
      }),
  };
}

/**
 * What Kafka Connect says of one connector: it and all its tasks RUNNING. A connector that runs while a task of it has failed
 * is Ready for its operator. No tasks at all is all right: a checkpoint connector without consumer groups has none. The
 * trace of a failed task is never told: it may hold anything. Source: Kafka Connect REST API, GET /connectors/{name}/status.
 */
export function connectorVerdict(status: Fields, name: string): Verdict {
  const state = textAt(status, 'connector', 'state');
  const tasks = listAt(status, 'tasks');
  const running = tasks.filter((task) => textAt(task, 'state') === 'RUNNING').length;
  const failed = tasks.filter((task) => textAt(task, 'state') === 'FAILED').length;
  const counts = `connector ${name} is ${state ?? 'of no state'}, ${running} of ${tasks.length} tasks running`;
  if (state === 'FAILED') return degraded('ConnectorFailed', counts);
  if (failed > 0) return degraded('TaskFailed', `${counts}, ${failed} failed`);
  if (state === 'PAUSED' || state === 'STOPPED')
    return suspended(state === 'PAUSED' ? 'ConnectorPaused' : 'ConnectorStopped', counts);
  if (state !== 'RUNNING' || running < tasks.length) return progressing('ConnectorNotRunning', counts);
  return healthy('Running', counts);
}
