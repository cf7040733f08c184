import { eckRule } from '../eck.ts';

/** Green, with all its instances and links. Source: ECK 3.5, pkg/apis/maps/v1alpha1/maps_types.go. */
export const eckElasticMapsServer = eckRule('maps.k8s.elastic.co', 'ElasticMapsServer');
