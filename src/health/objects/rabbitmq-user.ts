import { rabbitmqTopology } from '../rabbitmq.ts';

/** Declared in its cluster, its credentials in a Secret. Source: messaging-topology-operator 1.20, api/v1beta1/user_types.go. */
export const rabbitmqUser = rabbitmqTopology('User');
