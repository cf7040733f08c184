import { suspended } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { byStatefulSet, statefulSetNeeds, wordAndSet } from '../engine-pods.ts';
import { numberAt, textAt } from '../read.ts';
import { invalidSpec } from '../redis.ts';

/**
 * Running, its specification valid, and every node of its StatefulSet ready: `Running` counts none. Source: Redis Enterprise
 * for Kubernetes 8.0, redis_enterprise_cluster_api.md ClusterState, SpecStatusName.
 */
export const redisEnterpriseCluster: KindRule = {
  group: 'app.redislabs.com',
  kind: 'RedisEnterpriseCluster',
  needs: statefulSetNeeds,
  terminal: ['Invalid', 'InvalidSpec'],
  aside: invalidSpec,
  assess(object, related, now) {
    const wanted = numberAt(object, 'spec', 'nodes') ?? 3;
    if (wanted === 0) return suspended('ScaledToZero', 'wants no nodes: spec.nodes is 0');
    const base = byWord(
      textAt(object, 'status', 'state'),
      {
        healthy: ['Running'],
        progressing: [
          'PendingCreation',
          'BootstrappingFirstPod',
          'Initializing',
          'RecoveryReset',
          'RecoveringFirstPod',
          'Upgrade',
        ],
        degraded: ['Error', 'Invalid', 'InvalidUpgrade'],
      },
      { writer: 'its operator', field: 'state' },
    );
    if (base.verdict === 'Degraded') return base;
    return wordAndSet(base, byStatefulSet(object, related, now, { name: object.metadata.name, wanted }));
  },
};
