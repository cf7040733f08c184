import { strimziReplicas, strimziRule } from '../strimzi.ts';

/** Ready, with as many workers as it wants. Source: Strimzi 1.2, api KafkaConnectStatus.java. */
export const strimziKafkaConnect = strimziRule('KafkaConnect', strimziReplicas);
