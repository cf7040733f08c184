import type { KubeObject } from '../../kube/types.ts';
import { degraded, healthy, progressing, type Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { eckAside } from '../eck.ts';
import { withEnginePods } from '../engine-pods.ts';
import { listAt, numberAt, textAt } from '../read.ts';
import { podNeeds } from '../workload.ts';

/**
 * Phase Ready, every node available, health green. Yellow is Progressing: replicas are still to be made, or never can be in a cluster of
 * one node, which a plan may accept. Red with phase Ready has lost a primary shard; it heals when its node comes back.
 * Source: ECK 3.5, pkg/apis/elasticsearch/v1/status.go (`Stalled` is since 2.0).
 */
export const eckElasticsearch: KindRule = {
  group: 'elasticsearch.k8s.elastic.co',
  kind: 'Elasticsearch',
  needs: podNeeds,
  terminal: ['Invalid'],
  aside: eckAside,
  assess: (object, related, now) =>
    withEnginePods(judge(object), object, related, now, {
      'elasticsearch.k8s.elastic.co/cluster-name': object.metadata.name,
    }),
};

function judge(object: KubeObject): Verdict {
  const wanted = listAt(object, 'spec', 'nodeSets').reduce((sum, set) => sum + (numberAt(set, 'count') ?? 0), 0);
  const available = numberAt(object, 'status', 'availableNodes') ?? 0;
  const health = textAt(object, 'status', 'health') ?? 'unknown';
  const counts = `${available} of ${wanted} nodes available, health ${health}`;
  const base = byWord(
    textAt(object, 'status', 'phase'),
    { healthy: ['Ready'], progressing: ['ApplyingChanges', 'MigratingData'], degraded: ['Stalled', 'Invalid'] },
    { writer: 'its operator', why: counts },
  );
  if (base.verdict !== 'Healthy') return base;
  if (available < wanted) return progressing('LessAvailable', counts);
  switch (health) {
    case 'green':
      return healthy('Green', counts);
    case 'red':
      return degraded('Red', counts);
    case 'yellow':
      return progressing('Yellow', counts);
    default:
      return progressing('UnknownHealth', counts);
  }
}
