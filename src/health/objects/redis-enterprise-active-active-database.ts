import { progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { invalidSpec } from '../redis.ts';
import { textAt } from '../read.ts';

/**
 * Active, and its replication up: the status itself says nothing of the links. After the loss of a site they stay down until its cluster is
 * taken out of the database, so that is Progressing, for a plan to accept. Source: Redis Enterprise for Kubernetes
 * 8.0, redis_enterprise_active_active_database_api.md.
 */
export const redisEnterpriseActiveActiveDatabase: KindRule = {
  group: 'app.redislabs.com',
  kind: 'RedisEnterpriseActiveActiveDatabase',
  terminal: ['InvalidSpec'],
  aside: invalidSpec,
  assess(object) {
    const base = byWord(
      textAt(object, 'status', 'status'),
      {
        healthy: ['active'],
        progressing: ['pending', 'active-change-pending', 'delete-pending', 'recovery'],
        degraded: ['creation-failed', 'error'],
      },
      { writer: 'its operator', field: 'status' },
    );
    const replication = textAt(object, 'status', 'replicationStatus');
    if (base.verdict !== 'Healthy' || replication === 'up') return base;
    return progressing('ReplicationNotUp', `is active, but its replication is ${replication ?? 'not told'}`);
  },
};
