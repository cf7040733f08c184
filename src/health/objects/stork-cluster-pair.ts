import { degraded, healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { textAt } from '../read.ts';

/**
 * The other cluster's API server and, where one is given, its storage are reached. An error is tried again. Source: Stork
 * 24.3, pkg/apis/stork/v1alpha1/clusterpair.go; pkg/migration/controllers/clusterpair.go.
 */
export const storkClusterPair: KindRule = {
  group: 'stork.libopenstorage.org',
  kind: 'ClusterPair',
  assess(object) {
    const [scheduler, storage] = [
      textAt(object, 'status', 'schedulerStatus'),
      textAt(object, 'status', 'storageStatus'),
    ];
    const message = `scheduler ${scheduler ?? 'not known'}, storage ${storage ?? 'not known'}`;
    if ([scheduler, storage].some((word) => word === 'Error' || word === 'Degraded'))
      return degraded('PairError', message);
    if (scheduler === 'Ready' && (storage === 'Ready' || storage === 'NotProvided')) return healthy('Ready', message);
    return progressing(scheduler === undefined && storage === undefined ? 'NoStatus' : 'NotReady', message);
  },
};
