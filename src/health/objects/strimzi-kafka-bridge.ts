import { strimziReplicas, strimziRule } from '../strimzi.ts';

/** Ready, with as many bridges as it wants. Source: Strimzi 1.2, api KafkaBridgeStatus.java. */
export const strimziKafkaBridge = strimziRule('KafkaBridge', strimziReplicas);
