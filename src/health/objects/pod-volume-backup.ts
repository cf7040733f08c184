import type { KindRule } from '../assess.ts';
import { textAt } from '../read.ts';
import { byPhase, dataMoverPhases } from '../velero.ts';

/** The file system of a pod's volume is saved. Source: Velero 1.18.3, pod_volume_backup_types.go. */
export const podVolumeBackup: KindRule = {
  group: 'velero.io',
  kind: 'PodVolumeBackup',
  assess: (object) => byPhase(object, dataMoverPhases, textAt(object, 'status', 'message')),
};
