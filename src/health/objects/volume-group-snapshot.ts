import type { KindRule } from '../assess.ts';
import { snapshotVerdict } from '../snapshot.ts';

/** As a single snapshot: ready to use and bound both ways. Source: external-snapshotter 8.6, client/apis/volumegroupsnapshot/v1 types.go. */
export const volumeGroupSnapshot: KindRule = {
  group: 'groupsnapshot.storage.k8s.io',
  kind: 'VolumeGroupSnapshot',
  needs: [{ apiVersion: 'groupsnapshot.storage.k8s.io/v1beta1', kind: 'VolumeGroupSnapshotContent' }],
  terminal: ['ContentMissing', 'BoundElsewhere'],
  assess: (object, related) =>
    snapshotVerdict(object, related, {
      contentKind: 'VolumeGroupSnapshotContent',
      bound: 'boundVolumeGroupSnapshotContentName',
      ref: 'volumeGroupSnapshotRef',
    }),
};
