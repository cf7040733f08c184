import type { KindRule } from '../assess.ts';
import { snapshotNeeds } from '../claim-snapshot.ts';
import { snapshotVerdict } from '../snapshot.ts';

/**
 * Ready to use and bound to a content that binds back. An error is tried again by the controller until it goes, so it is
 * not terminal; a bound content that is gone is. Source: snapshot.storage.k8s.io/v1 VolumeSnapshotStatus, external-snapshotter v8.
 */
export const volumeSnapshot: KindRule = {
  group: 'snapshot.storage.k8s.io',
  kind: 'VolumeSnapshot',
  needs: snapshotNeeds,
  terminal: ['ContentMissing', 'BoundElsewhere'],
  assess: (object, related) =>
    snapshotVerdict(object, related, {
      contentKind: 'VolumeSnapshotContent',
      bound: 'boundVolumeSnapshotContentName',
      ref: 'volumeSnapshotRef',
    }),
};
