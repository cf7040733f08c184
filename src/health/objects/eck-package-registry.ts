import { eckRule } from '../eck.ts';

/** Green, with all its instances. Source: ECK 3.5, pkg/apis/packageregistry/v1alpha1/epr_types.go. */
export const eckPackageRegistry = eckRule('packageregistry.k8s.elastic.co', 'PackageRegistry');
