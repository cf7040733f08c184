import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { eckAside } from '../eck.ts';
import { textAt } from '../read.ts';

/**
 * Ready: every cluster that it selects is configured. Unknown: it selects none yet. Errors are tried again, as is a conflict of
 * two policies, which only a person ends. Source: ECK 3.5, pkg/apis/stackconfigpolicy/v1alpha1/stackconfigpolicy_types.go PolicyPhase.
 */
export const eckStackConfigPolicy: KindRule = {
  group: 'stackconfigpolicy.k8s.elastic.co',
  kind: 'StackConfigPolicy',
  terminal: ['Invalid', 'Conflict'],
  aside: eckAside,
  assess: (object) =>
    byWord(
      textAt(object, 'status', 'phase'),
      {
        healthy: ['Ready'],
        progressing: ['Unknown', 'ApplyingChanges'],
        degraded: ['Invalid', 'Error', 'Conflict'],
      },
      { writer: 'its operator', why: textAt(object, 'status', 'readyCount') },
    ),
};
