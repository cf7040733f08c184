import { rabbitmqTopology } from '../rabbitmq.ts';

/** Declared in its cluster. Source: messaging-topology-operator 1.20, api/v1beta1/operatorpolicy_types.go. */
export const rabbitmqOperatorPolicy = rabbitmqTopology('OperatorPolicy');
