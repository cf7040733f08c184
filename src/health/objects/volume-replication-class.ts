import { existing } from '../exists.ts';

/** Its status is empty. Source: csi-addons 0.14, api/replication.storage/v1alpha1/volumereplicationclass_types.go. */
export const volumeReplicationClass = existing('replication.storage.openshift.io', 'VolumeReplicationClass');
