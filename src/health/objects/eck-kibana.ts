import { eckRule } from '../eck.ts';

/** Green, with all its instances and links. Source: ECK 3.5, pkg/apis/kibana/v1/kibana_types.go. */
export const eckKibana = eckRule('kibana.k8s.elastic.co', 'Kibana');
