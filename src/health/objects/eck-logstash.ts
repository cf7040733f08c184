import { eckRule } from '../eck.ts';

/** Green, with all its instances and links. Source: ECK 3.5, pkg/apis/logstash/v1alpha1/logstash_types.go. */
export const eckLogstash = eckRule('logstash.k8s.elastic.co', 'Logstash');
