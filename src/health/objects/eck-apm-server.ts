import { eckRule } from '../eck.ts';

/** Green, with all its instances and links. Source: ECK 3.5, pkg/apis/apm/v1/apmserver_types.go. */
export const eckApmServer = eckRule('apm.k8s.elastic.co', 'ApmServer');
