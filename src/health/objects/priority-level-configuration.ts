import { healthy } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';

/** Healthy by being there: its schema has a status, which nothing ever fills. Source: Kubernetes 1.34, flowcontrol.apiserver.k8s.io/v1 and util/flowcontrol. */
export const priorityLevelConfiguration: KindRule = {
  group: 'flowcontrol.apiserver.k8s.io',
  kind: 'PriorityLevelConfiguration',
  assess: () => healthy('Exists', 'nothing ever fills its status'),
};
