import type { KindRule } from '../assess.ts';
import { contentVerdict } from '../snapshot.ts';

/** The storage says that the snapshot can be used. Source: snapshot.storage.k8s.io/v1 VolumeSnapshotContentStatus, external-snapshotter v8. */
export const volumeSnapshotContent: KindRule = {
  group: 'snapshot.storage.k8s.io',
  kind: 'VolumeSnapshotContent',
  assess: (object) => contentVerdict(object, 'snapshotHandle'),
};
