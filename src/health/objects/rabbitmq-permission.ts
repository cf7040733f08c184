import { rabbitmqTopology } from '../rabbitmq.ts';

/** Declared in its cluster. It fails, and heals, while its user is not there. Source: messaging-topology-operator 1.20, api/v1beta1/permission_types.go. */
export const rabbitmqPermission = rabbitmqTopology('Permission');
