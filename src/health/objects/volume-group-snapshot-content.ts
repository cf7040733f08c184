import type { KindRule } from '../assess.ts';
import { contentVerdict } from '../snapshot.ts';

/** The storage says that every snapshot of the group can be used. Source: external-snapshotter 8.6, client/apis/volumegroupsnapshot/v1 types.go VolumeGroupSnapshotContentStatus. */
export const volumeGroupSnapshotContent: KindRule = {
  group: 'groupsnapshot.storage.k8s.io',
  kind: 'VolumeGroupSnapshotContent',
  assess: (object) => contentVerdict(object, 'volumeGroupSnapshotHandle'),
};
