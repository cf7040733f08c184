import { rabbitmqTopology } from '../rabbitmq.ts';

/** Declared in its cluster, which does not say that the link to the upstream is up. Source: messaging-topology-operator 1.20, api/v1beta1/federation_types.go. */
export const rabbitmqFederation = rabbitmqTopology('Federation');
