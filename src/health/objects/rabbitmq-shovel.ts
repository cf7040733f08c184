import { rabbitmqTopology } from '../rabbitmq.ts';

/** Declared in its cluster, which does not say that messages flow. Source: messaging-topology-operator 1.20, api/v1beta1/shovel_types.go. */
export const rabbitmqShovel = rabbitmqTopology('Shovel');
