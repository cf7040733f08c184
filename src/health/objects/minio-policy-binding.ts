import { existing } from '../exists.ts';

/** Read by the operator when somebody asks for credentials. Source: MinIO operator 7.1, pkg/apis/sts.min.io/v1beta1/types.go. */
export const minioPolicyBinding = existing('sts.min.io', 'PolicyBinding');
