import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { invalidSpec } from '../redis.ts';
import { textAt } from '../read.ts';

/** Active, its specification valid. Source: Redis Enterprise for Kubernetes 8.0, redis_enterprise_database_api.md DatabaseStatus. */
export const redisEnterpriseDatabase: KindRule = {
  group: 'app.redislabs.com',
  kind: 'RedisEnterpriseDatabase',
  terminal: ['InvalidSpec'],
  aside: invalidSpec,
  assess: (object) =>
    byWord(
      textAt(object, 'status', 'status'),
      {
        healthy: ['active'],
        progressing: ['pending', 'active-change-pending', 'import-pending', 'delete-pending', 'recovery'],
        degraded: ['creation-failed'],
      },
      { writer: 'its operator', field: 'status' },
    ),
};
