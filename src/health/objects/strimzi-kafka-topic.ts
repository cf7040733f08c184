import { degraded, progressing, suspended } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, conditionOf, textAt, valueAt } from '../read.ts';
import { strimziAside, strimziReady } from '../strimzi.ts';

/**
 * Ready. Two objects for one topic, and a change that Kafka does not do (fewer partitions, another name), stay as they are until somebody
 * changes them. A topic with `managed: false` is looked at by nobody. Source: Strimzi 1.2, topic-operator
 * BatchingTopicController.java, model/TopicOperatorException.java, api ReplicasChangeStatus.java (since 0.39).
 */
export const strimziKafkaTopic: KindRule = {
  group: 'kafka.strimzi.io',
  kind: 'KafkaTopic',
  terminal: ['ResourceConflict', 'NotSupported'],
  aside: strimziAside,
  assess(object) {
    if (valueAt(object, 'spec', 'managed') === false || conditionOf(object, 'Unmanaged')?.status === 'True')
      return suspended('Unmanaged', 'nobody looks after this topic: spec.managed is false');
    const base = strimziReady(object);
    if (base.verdict !== 'Healthy') return base;
    const change = textAt(object, 'status', 'replicasChange', 'state');
    if (change === undefined) return base;
    const message = textAt(object, 'status', 'replicasChange', 'message');
    return message === undefined
      ? progressing('ReplicasChanging', `the number of its replicas is being changed, ${change}`)
      : degraded('ReplicasChangeFailed', `the number of its replicas cannot be changed${after(message)}`);
  },
};
