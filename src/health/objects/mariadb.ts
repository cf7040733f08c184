import type { KubeObject } from '../../kube/types.ts';
import { degraded, progressing, suspended, type Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { withEnginePods } from '../engine-pods.ts';
import { mariadbAside, mariadbReady } from '../mariadb.ts';
import { after, conditionOf, numberAt } from '../read.ts';
import { podNeeds } from '../workload.ts';

/** Conditions that, where they are there at all, must be True before the server holds what it shall: one that serves and is not restored yet is Ready. */
const further = ['BackupRestored', 'BinlogsReplayed', 'GaleraReady', 'ReplicationConfigured', 'ReplicaRecovered'];

/**
 * Ready, as many instances as it wants, and whatever it was to be restored from is in it. Source: mariadb-operator 26.6,
 * pkg/condition/*.go, api/v1alpha1/mariadb_types.go MariaDBStatus (no observedGeneration).
 */
export const mariadb: KindRule = {
  group: 'k8s.mariadb.com',
  kind: 'MariaDB',
  needs: podNeeds,
  aside: mariadbAside,
  assess: (object, related, now) =>
    withEnginePods(judge(object), object, related, now, {
      'app.kubernetes.io/name': 'mariadb',
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
  const open = further.map((type) => conditionOf(object, type)).find((found) => (found?.status ?? 'True') !== 'True');
  if (open === undefined) return { ...base, message: `${there} of ${wanted} instances, ${base.message}` };
  const words = `is Ready, but ${open.type} is ${open.status}${after(open.message || open.reason)}`;
  return /Error$/u.test(open.reason)
    ? degraded(open.reason, words)
    : progressing(open.reason || `Not${open.type}`, words);
}
