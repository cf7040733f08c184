import { rabbitmqTopology } from '../rabbitmq.ts';

/** Declared in its cluster. It says nothing of the messages in it. Source: messaging-topology-operator 1.20, api/v1beta1/queue_types.go. */
export const rabbitmqQueue = rabbitmqTopology('Queue');
