import type { KubeObject } from '../../kube/types.ts';
import { suspended, type Verdict } from '../../model/verdict.ts';
import type { KindRule, Related } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { byStatefulSet, statefulSetNeeds, wordAndSet } from '../engine-pods.ts';
import { numberAt, textAt } from '../read.ts';

/**
 * Running, and every instance of its StatefulSet ready: the operator writes Running once it has applied the manifest, and counts
 * nothing. A failed sync is tried again. Until 1.0 the status was the word itself. Source: Zalando postgres-operator 2.0,
 * pkg/apis/acid.zalan.do/v1/const.go, marshal.go PostgresStatus.UnmarshalJSON, pkg/cluster/cluster.go.
 */
export const zalandoPostgresql: KindRule = {
  group: 'acid.zalan.do',
  kind: 'postgresql',
  needs: statefulSetNeeds,
  terminal: ['Invalid'],
  assess(object, related, now) {
    const base = byWord(
      textAt(object, 'status', 'PostgresClusterStatus') ?? textAt(object, 'status'),
      {
        healthy: ['Running'],
        progressing: ['Creating', 'Updating'],
        degraded: ['CreateFailed', 'UpdateFailed', 'SyncFailed', 'Invalid'],
      },
      { writer: 'its operator', field: 'PostgresClusterStatus' },
    );
    return base.verdict === 'Degraded' ? base : instances(base, object, related, now);
  },
};

function instances(base: Verdict, object: KubeObject, related: Related, now: Date): Verdict {
  const wanted = numberAt(object, 'spec', 'numberOfInstances') ?? 0;
  if (wanted === 0) return suspended('ScaledToZero', 'wants no instances: spec.numberOfInstances is 0');
  return wordAndSet(base, byStatefulSet(object, related, now, { name: object.metadata.name, wanted }));
}
