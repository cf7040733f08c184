import type { KubeObject } from '../kube/types.ts';
import { degraded, suspended, type Verdict } from '../model/verdict.ts';
import type { KindRule, Related } from './assess.ts';
import { byStatefulSet, statefulSetNeeds } from './engine-pods.ts';
import { numberAt, textAt } from './read.ts';

export const redisGroup = 'redis.redis.opstreelabs.in';

/**
 * Laid aside by `<kind>.opstreelabs.in/skip-reconcile`, or scaled to nothing. Source: OT-CONTAINER-KIT redis-operator 0.26,
 * internal/controller/common/skip_reconcile.go.
 */
export function redisAside(object: KubeObject): Verdict | undefined {
  const annotation = `${object.kind.toLowerCase()}.opstreelabs.in/skip-reconcile`;
  if (object.metadata.annotations?.[annotation] === 'true')
    return suspended('ReconciliationSkipped', `its operator leaves it alone: annotation ${annotation}`);
  return numberAt(object, 'spec', 'clusterSize') === 0
    ? suspended('ScaledToZero', 'wants no instances: spec.clusterSize is 0')
    : undefined;
}

/** What is judged beside the StatefulSet: the object's own status. */
type Further = (object: KubeObject, set: Verdict) => Verdict;

/**
 * The rule of a kind whose status counts nothing (that of Redis and RedisSentinel is empty by definition): its StatefulSet, of
 * `spec.clusterSize` instances, 1 when not given. Source: redis-operator 0.26, api/redis/v1beta2, api/redissentinel/v1beta2 (`type RedisStatus struct{}`).
 */
export function redisRule(kind: string, suffix = '', further: Further = (_object, set) => set): KindRule {
  return {
    group: redisGroup,
    kind,
    needs: statefulSetNeeds,
    aside: redisAside,
    assess: (object: KubeObject, related: Related, now: Date) => {
      const wanted = numberAt(object, 'spec', 'clusterSize') ?? 1;
      const set = byStatefulSet(object, related, now, { name: `${object.metadata.name}${suffix}`, wanted });
      return set.verdict === 'Healthy' ? further(object, set) : set;
    },
  };
}

/**
 * What Redis Enterprise will not carry out: told before the generations are compared, as `observedGeneration` is the last one
 * that was acted upon in full. Source: Redis Enterprise for Kubernetes 8.0, redis_enterprise_cluster_api.md SpecStatusName.
 */
export function invalidSpec(object: KubeObject): Verdict | undefined {
  if (textAt(object, 'status', 'specStatus')?.toLowerCase() !== 'invalid') return undefined;
  const last = textAt(object, 'status', 'lastActionStatus');
  return degraded(
    'InvalidSpec',
    `its specification is not valid${last === undefined ? '' : `, its last action is ${last}`}`,
  );
}
