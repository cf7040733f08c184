import { degraded, healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { hasStatusContent, oneLine, textAt, valueAt } from '../read.ts';

/** The storage says that the snapshot can be used. Source: snapshot.storage.k8s.io/v1 VolumeSnapshotContentStatus, external-snapshotter v8. */
export const volumeSnapshotContent: KindRule = {
  group: 'snapshot.storage.k8s.io',
  kind: 'VolumeSnapshotContent',
  assess(object) {
    if (!hasStatusContent(object)) return progressing('NoStatus', 'the CSI snapshotter has not looked at it yet');
    if (valueAt(object, 'status', 'readyToUse') === true)
      return healthy('ReadyToUse', `snapshot ${textAt(object, 'status', 'snapshotHandle') ?? ''}`);
    const error = textAt(object, 'status', 'error', 'message');
    if (error !== undefined) return degraded('SnapshotError', oneLine(error));
    return progressing('NotReadyToUse', 'is not ready to use yet');
  },
};
