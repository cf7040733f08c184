import { valueAt } from '../../kube/read.ts';
import { jsonAt, type QuiesceKind } from '../kind.ts';

/**
 * Stopped by taking `spec.syncPolicy.automated` away, selfHeal and prune with it: works in every version, `enabled: false` since
 * 3.1 alone. A sync that runs already goes on. Argo CD 3.1, pkg/apis/application/v1alpha1/types.go SyncPolicyAutomated; controller/appcontroller.go autoSync.
 */
export const application: QuiesceKind = {
  kind: 'Application',
  apiVersion: 'argoproj.io/v1alpha1',
  plural: 'applications',
  beforeOf: (object) => ({ automated: jsonAt(object, 'spec', 'syncPolicy', 'automated') }),
  quiesced: (object) => {
    const automated = jsonAt(object, 'spec', 'syncPolicy', 'automated');
    return automated === null || valueAt(automated, 'enabled') === false;
  },
  patchFor: () => ({ spec: { syncPolicy: { automated: null } } }),
  patchBack: (_object, before) => ({ spec: { syncPolicy: { automated: before['automated'] ?? null } } }),
};
