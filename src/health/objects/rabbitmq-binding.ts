import { rabbitmqTopology } from '../rabbitmq.ts';

/** Declared in its cluster. It fails, and heals, while its queue or exchange is not there. Source: messaging-topology-operator 1.20, api/v1beta1/binding_types.go. */
export const rabbitmqBinding = rabbitmqTopology('Binding');
