import type { KubeObject } from '../../kube/types.ts';
import type { Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { withEnginePods } from '../engine-pods.ts';
import { perconaAside, perconaState, withParts } from '../percona.ts';
import { numberAt, valueAt } from '../read.ts';
import { podNeeds } from '../workload.ts';

/**
 * State ready, and every node of the cluster and of its proxy ready. `wsrep_cluster_status` and the data are not in the status:
 * the mysql check asks for them. Source: Percona XtraDB operator 1.20, pkg/apis/pxc/v1/pxc_types.go PerconaXtraDBClusterStatus.
 */
export const perconaXtraDbCluster: KindRule = {
  group: 'pxc.percona.com',
  kind: 'PerconaXtraDBCluster',
  needs: podNeeds,
  aside: perconaAside,
  assess: (object, related, now) =>
    withEnginePods(judge(object), object, related, now, {
      'app.kubernetes.io/instance': object.metadata.name,
      'app.kubernetes.io/name': 'percona-xtradb-cluster',
    }),
};

function judge(object: KubeObject): Verdict {
  const parts = ['pxc', 'haproxy', 'proxysql'].filter(
    (name) => name === 'pxc' || valueAt(object, 'spec', name, 'enabled') === true,
  );
  return withParts(
    perconaState(object),
    parts.map((name) => ({
      name,
      wanted: numberAt(object, 'spec', name, 'size') ?? 0,
      ready: numberAt(object, 'status', name, 'ready') ?? 0,
    })),
  );
}
