import { degraded, healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { hasStatusContent, oneLine, textAt, valueAt } from '../read.ts';

/**
 * Ready to use. Errors wait for something (the volume to be attached, an engine's upgrade), but for a snapshot that the
 * engine does not have any more. Source: Longhorn 1.13, k8s/pkg/apis/longhorn/v1beta2/snapshot.go, controller/snapshot_controller.go.
 */
export const longhornSnapshot: KindRule = {
  group: 'longhorn.io',
  kind: 'Snapshot',
  terminal: ['SnapshotLost'],
  assess(object) {
    if (!hasStatusContent(object)) return progressing('NoStatus', 'Longhorn has not begun with it');
    if (valueAt(object, 'status', 'markRemoved') === true)
      return progressing('Removing', 'is marked as removed and goes at the next purge');
    const error = textAt(object, 'status', 'error');
    if (error !== undefined && /^lost track of the corresponding snapshot/u.test(error))
      return degraded('SnapshotLost', oneLine(error));
    if (error !== undefined) return degraded('SnapshotError', oneLine(error));
    if (valueAt(object, 'status', 'readyToUse') === true) return healthy('ReadyToUse');
    return progressing('NotReadyToUse', 'is not ready to use yet');
  },
};
