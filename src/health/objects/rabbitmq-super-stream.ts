import { rabbitmqTopology } from '../rabbitmq.ts';

/** Declared in its cluster, with all its partitions. Source: messaging-topology-operator 1.20, api/v1alpha1/superstream_types.go. */
export const rabbitmqSuperStream = rabbitmqTopology('SuperStream');
