import { rabbitmqTopology } from '../rabbitmq.ts';

/** Declared in its cluster. Source: messaging-topology-operator 1.20, api/v1beta1/exchange_types.go. */
export const rabbitmqExchange = rabbitmqTopology('Exchange');
