import type { KindRule } from '../assess.ts';
import { eventNeed, withWarning } from '../events.ts';
import { assessPod } from '../pods.ts';

/**
 * Running and Ready, or run to its end; init containers and sidecars count. Unlike kstatus a Failed pod is never fine,
 * and unlike both kstatus and Argo CD init containers are looked at. Source: Kubernetes 1.34, core/v1 PodStatus.
 */
export const pod: KindRule = {
  group: '',
  kind: 'Pod',
  needs: [eventNeed],
  terminal: ['PodFailed'],
  assess: (object, related, now) => withWarning(assessPod(object, now), object, related, now),
};
