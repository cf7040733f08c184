import { rabbitmqTopology } from '../rabbitmq.ts';

/** Declared in its cluster, which does not say that the schema has come over. Source: messaging-topology-operator 1.20, api/v1beta1/schemareplication_types.go. */
export const rabbitmqSchemaReplication = rabbitmqTopology('SchemaReplication');
