import { existing } from '../exists.ts';

/** Its status is empty. Source: csi-addons 0.14, api/replication.storage/v1alpha1/volumegroupreplicationclass_types.go. */
export const volumeGroupReplicationClass = existing('replication.storage.openshift.io', 'VolumeGroupReplicationClass');
