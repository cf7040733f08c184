import type { KindRule } from '../assess.ts';
import { textAt } from '../read.ts';
import { byPhase, dataMoverPhases } from '../velero.ts';

/** The file system of a pod's volume is back; the phase stays empty until the pod's init container runs. Source: Velero 1.18.3, pod_volume_restore_type.go. */
export const podVolumeRestore: KindRule = {
  group: 'velero.io',
  kind: 'PodVolumeRestore',
  terminal: ['Failed', 'Canceled'],
  assess: (object) => byPhase(object, dataMoverPhases, textAt(object, 'status', 'message')),
};
