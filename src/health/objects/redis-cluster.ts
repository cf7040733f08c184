import type { KubeObject } from '../../kube/types.ts';
import { progressing, type Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { podsLabelled } from '../engine-pods.ts';
import { explainedByPods } from '../pods.ts';
import { numberAt, textAt } from '../read.ts';
import { redisAside, redisGroup } from '../redis.ts';
import { podNeeds } from '../workload.ts';

/**
 * Ready (all slots covered), with as many leaders and followers as it wants. Source: OT-CONTAINER-KIT redis-operator 0.26,
 * api/rediscluster/v1beta2/rediscluster_types.go RedisClusterState, internal/controller/rediscluster.
 */
export const redisCluster: KindRule = {
  group: redisGroup,
  kind: 'RedisCluster',
  needs: podNeeds,
  aside: redisAside,
  assess(object, related, now) {
    const base = judge(object);
    if (base.verdict === 'Healthy') return base;
    const pods = ['leader', 'follower'].flatMap((role) =>
      podsLabelled(object, related, { app: `${object.metadata.name}-${role}`, redis_setup_type: 'cluster' }),
    );
    const explained = explainedByPods(base, pods, related, now);
    return base.verdict === 'Degraded' ? { ...base, message: explained.message } : explained;
  },
};

function judge(object: KubeObject): Verdict {
  const wanted = (role: string): number =>
    numberAt(object, 'spec', role, 'replicas') ?? numberAt(object, 'spec', 'clusterSize') ?? 0;
  const ready = (field: string): number => numberAt(object, 'status', field) ?? 0;
  const [leaders, followers] = [wanted('redisLeader'), wanted('redisFollower')];
  const [upLeaders, upFollowers] = [ready('readyLeaderReplicas'), ready('readyFollowerReplicas')];
  const counts = `${upLeaders} of ${leaders} leaders, ${upFollowers} of ${followers} followers ready`;
  const base = byWord(
    textAt(object, 'status', 'state'),
    { healthy: ['Ready'], progressing: ['Initializing', 'Bootstrap'], degraded: ['Failed'] },
    {
      writer: 'its operator',
      field: 'state',
      why: [textAt(object, 'status', 'reason'), counts].filter(Boolean).join(', '),
    },
  );
  if (base.verdict !== 'Healthy') return base;
  return upLeaders < leaders || upFollowers < followers ? progressing('LessReady', counts) : base;
}
