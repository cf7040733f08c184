import { existing } from '../exists.ts';

/** Read by the operator. Source: Zalando postgres-operator 2.0, pkg/apis/acid.zalan.do/v1/operator_configuration_type.go. */
export const zalandoOperatorConfiguration = existing('acid.zalan.do', 'OperatorConfiguration');
