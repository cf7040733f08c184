import { eckRule } from '../eck.ts';

/** Green, with all its instances and links. Source: ECK 3.5, pkg/apis/enterprisesearch/v1/enterprisesearch_types.go. */
export const eckEnterpriseSearch = eckRule('enterprisesearch.k8s.elastic.co', 'EnterpriseSearch');
