import type { KubeObject } from '../../kube/types.ts';
import { progressing, suspended, type Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { withEnginePods } from '../engine-pods.ts';
import { mariadbAside, mariadbReady } from '../mariadb.ts';
import { numberAt, textAt } from '../read.ts';
import { podNeeds } from '../workload.ts';

/**
 * Ready, as many instances as it wants, and one server that it writes to. Source: mariadb-operator 26.6,
 * api/v1alpha1/maxscale_types.go MaxScaleStatus, pkg/condition/ready.go.
 */
export const mariadbMaxScale: KindRule = {
  group: 'k8s.mariadb.com',
  kind: 'MaxScale',
  needs: podNeeds,
  aside: mariadbAside,
  assess: (object, related, now) =>
    withEnginePods(judge(object), object, related, now, {
      'app.kubernetes.io/name': 'maxscale',
      'app.kubernetes.io/instance': object.metadata.name,
    }),
};

function judge(object: KubeObject): Verdict {
  const wanted = numberAt(object, 'spec', 'replicas') ?? 1;
  if (wanted === 0) return suspended('ScaledToZero', 'wants no instances: spec.replicas is 0');
  const base = mariadbReady(object);
  if (base.verdict !== 'Healthy') return base;
  const there = numberAt(object, 'status', 'replicas') ?? 0;
  if (there < wanted) return progressing('LessReplicas', `is Ready, but ${there} of ${wanted} instances are there`);
  const primary = textAt(object, 'status', 'primaryServer');
  return primary === undefined
    ? progressing('NoPrimary', 'is Ready, but has no server to write to')
    : { ...base, message: `${there} of ${wanted} instances, primary is ${primary}` };
}
