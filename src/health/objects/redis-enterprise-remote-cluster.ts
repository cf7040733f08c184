import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { invalidSpec } from '../redis.ts';
import { textAt } from '../read.ts';

/** Active: the other site's cluster can be spoken to. Source: Redis Enterprise for Kubernetes 8.0, redis_enterprise_remote_cluster_api.md. */
export const redisEnterpriseRemoteCluster: KindRule = {
  group: 'app.redislabs.com',
  kind: 'RedisEnterpriseRemoteCluster',
  terminal: ['InvalidSpec'],
  aside: invalidSpec,
  assess: (object) =>
    byWord(
      textAt(object, 'status', 'status'),
      { healthy: ['Active'], progressing: [], degraded: ['Error'] },
      { writer: 'its operator', field: 'status' },
    ),
};
