import { existing } from '../exists.ts';

/** Its status lists volumes; how they are is told by the VolumeGroupReplication. Source: csi-addons 0.14, api/replication.storage/v1alpha1/volumegroupreplicationcontent_types.go. */
export const volumeGroupReplicationContent = existing(
  'replication.storage.openshift.io',
  'VolumeGroupReplicationContent',
);
