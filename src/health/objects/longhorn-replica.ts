import { degraded, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { instanceVerdict } from '../longhorn.ts';
import { textAt } from '../read.ts';

/** Runs and has not failed. `failedAt` is in the spec, as Longhorn keeps it there. Source: Longhorn 1.13, k8s/pkg/apis/longhorn/v1beta2/replica.go ReplicaSpec. */
export const longhornReplica: KindRule = {
  group: 'longhorn.io',
  kind: 'Replica',
  assess(object) {
    const failed = textAt(object, 'spec', 'failedAt');
    if (failed !== undefined)
      return degraded('ReplicaFailed', `failed at ${failed}; Longhorn uses it again or makes another`);
    const instance = instanceVerdict(object);
    if (
      instance.reason === 'Stopped' &&
      instance.verdict === 'Healthy' &&
      textAt(object, 'spec', 'nodeID') === undefined
    )
      return progressing('NotScheduled', 'has no node yet');
    return instance;
  },
};
