import { healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { textAt } from '../read.ts';

/** Active, or not. A Terminating one is caught by its deletionTimestamp. Source: Kubernetes 1.34, core/v1 NamespacePhase. */
export const namespace: KindRule = {
  group: '',
  kind: 'Namespace',
  assess(object) {
    const phase = textAt(object, 'status', 'phase');
    if (phase === 'Active') return healthy('Active');
    // Restoring into a namespace on its way out fails, whatever its metadata say.
    if (phase === 'Terminating') return progressing('Terminating', 'is being deleted');
    return progressing(
      phase ?? 'NoStatus',
      phase === undefined ? 'has no phase yet' : `phase is ${phase}, expected Active`,
    );
  },
};
