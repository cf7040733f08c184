import type { KubeObject } from '../../kube/types.ts';
import { degraded, type Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { after, textAt } from '../read.ts';

/**
 * Active, its specification valid. `observedGeneration` is the last one that was acted upon in full, so what is not valid is
 * told before the generations are compared. Source: Redis Enterprise for Kubernetes 8.0, redis_enterprise_database_api.md DatabaseStatus.
 */
export const redisEnterpriseDatabase: KindRule = {
  group: 'app.redislabs.com',
  kind: 'RedisEnterpriseDatabase',
  terminal: ['InvalidSpec'],
  aside: invalid,
  assess: (object) =>
    byWord(
      textAt(object, 'status', 'status'),
      {
        healthy: ['active'],
        progressing: ['pending', 'active-change-pending', 'import-pending', 'delete-pending', 'recovery'],
        degraded: ['creation-failed'],
      },
      { writer: 'its operator', field: 'status', why: lastAction(object) },
    ),
};

function invalid(object: KubeObject): Verdict | undefined {
  return textAt(object, 'status', 'specStatus')?.toLowerCase() === 'invalid'
    ? degraded('InvalidSpec', `its specification is not valid${after(lastAction(object))}`)
    : undefined;
}

function lastAction(object: KubeObject): string | undefined {
  const status = textAt(object, 'status', 'lastActionStatus');
  return status === undefined ? undefined : `its last action is ${status}`;
}
