import { textAt } from '../../kube/read.ts';
import { type QuiesceKind, scaled } from '../kind.ts';

/** Its claims stay, unless its own policy deletes them: such a one is not touched. apps/v1 StatefulSetPersistentVolumeClaimRetentionPolicy, Kubernetes 1.34. */
export const statefulSet: QuiesceKind = {
  kind: 'StatefulSet',
  apiVersion: 'apps/v1',
  plural: 'statefulsets',
  refuses: (object) =>
    textAt(object, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenScaled') === 'Delete'
      ? 'deletes its claims when it is scaled down (persistentVolumeClaimRetentionPolicy.whenScaled is Delete)'
      : undefined,
  ...scaled,
};
