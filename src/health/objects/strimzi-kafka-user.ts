import type { KindRule } from '../assess.ts';
import { strimziAside, strimziReady } from '../strimzi.ts';

/** Ready: its credentials, quotas and access rules are in Kafka. Source: Strimzi 1.2, api KafkaUserStatus.java, user-operator. */
export const strimziKafkaUser: KindRule = {
  group: 'kafka.strimzi.io',
  kind: 'KafkaUser',
  aside: strimziAside,
  assess: strimziReady,
};
