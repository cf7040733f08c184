import { degraded, healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { bindsBack, snapshotNeeds } from '../claim-snapshot.ts';
import { hasStatusContent, oneLine, textAt, valueAt } from '../read.ts';

/**
 * Ready to use and bound to a content that binds back. An error is tried again by the controller until it goes, so it is
 * not terminal; a bound content that is gone is. Source: snapshot.storage.k8s.io/v1 VolumeSnapshotStatus, external-snapshotter v8.
 */
export const volumeSnapshot: KindRule = {
  group: 'snapshot.storage.k8s.io',
  kind: 'VolumeSnapshot',
  needs: snapshotNeeds,
  terminal: ['ContentMissing', 'BoundElsewhere'],
  assess(object, related) {
    if (!hasStatusContent(object)) return progressing('NoStatus', 'the snapshot controller has not looked at it yet');
    const contentName = textAt(object, 'status', 'boundVolumeSnapshotContentName');
    const content =
      contentName === undefined
        ? undefined
        : related.of('VolumeSnapshotContent').find(({ metadata }) => metadata.name === contentName);
    if (contentName !== undefined && content === undefined && related.knows('VolumeSnapshotContent')) {
      return degraded('ContentMissing', `its VolumeSnapshotContent ${contentName} is not there`);
    }
    if (content !== undefined && !bindsBack(content, object)) {
      return degraded(
        'BoundElsewhere',
        `its VolumeSnapshotContent ${content.metadata.name} belongs to another snapshot`,
      );
    }
    if (valueAt(object, 'status', 'readyToUse') === true) {
      return healthy('ReadyToUse', contentName === undefined ? '' : `bound to ${contentName}`);
    }
    const error = textAt(object, 'status', 'error', 'message');
    if (error !== undefined) return degraded('SnapshotError', oneLine(error));
    return progressing(
      'NotReadyToUse',
      contentName === undefined ? 'is not bound to a content yet' : 'is not ready to use yet',
    );
  },
};
