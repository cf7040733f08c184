import { strimziReady, strimziRule } from '../strimzi.ts';

/**
 * Ready. It says nothing of in-sync replicas or of the data: the kafka and quorum checks do. Without a node pool it is
 * NotReady and heals. Source: Strimzi 1.2, cluster-operator KafkaAssemblyOperator.java.
 */
export const strimziKafka = strimziRule('Kafka', strimziReady);
