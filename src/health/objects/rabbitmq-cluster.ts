import type { KubeObject } from '../../kube/types.ts';
import { degraded, healthy, progressing, suspended, type Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { withEnginePods } from '../engine-pods.ts';
import { after, conditionOf, numberAt, oneLine, textAt } from '../read.ts';
import { podNeeds } from '../workload.ts';

/**
 * All replicas ready, an endpoint there, reconciled, and no node that a quorum hangs on. `observedGeneration` is the last
 * generation that the operator could carry out, so a failure is told before the generations are compared. Not tried again are a broken
 * configuration and fewer replicas than before. `quorumStatus` is since 2.19; older operators do not write it. NoWarnings does not count.
 * Source: RabbitMQ cluster-operator 2.22, internal/status/*.go, internal/controller/rabbitmqcluster_controller.go.
 */
export const rabbitmqCluster: KindRule = {
  group: 'rabbitmq.com',
  kind: 'RabbitmqCluster',
  needs: podNeeds,
  terminal: ['InvalidConfiguration', 'UnsupportedOperation'],
  aside,
  assess: (object, related, now) =>
    withEnginePods(judge(object), object, related, now, {
      'app.kubernetes.io/name': object.metadata.name,
      'app.kubernetes.io/part-of': 'rabbitmq',
    }),
};

function aside(object: KubeObject): Verdict | undefined {
  if (object.metadata.labels?.['rabbitmq.com/pauseReconciliation'] === 'true')
    return suspended('ReconciliationPaused', 'its operator leaves it alone: label rabbitmq.com/pauseReconciliation');
  if (numberAt(object, 'spec', 'replicas') === 0)
    return suspended('ScaledToZero', 'wants no replicas: spec.replicas is 0');
  const reconciled = conditionOf(object, 'ReconcileSuccess');
  if (reconciled?.status !== 'False') return undefined;
  return degraded(
    reconciled.reason || 'ReconcileFailed',
    `its operator cannot carry it out${after(reconciled.message || reconciled.reason)}`,
  );
}

function judge(object: KubeObject): Verdict {
  for (const type of ['AllReplicasReady', 'ClusterAvailable', 'ReconcileSuccess']) {
    const condition = conditionOf(object, type);
    if (condition === undefined) return progressing('NoStatus', `its operator has not reported ${type} yet`);
    if (condition.status !== 'True')
      return progressing(
        condition.reason || `Not${type}`,
        `${type} is ${condition.status}${after(condition.message || condition.reason)}`,
      );
  }
  return byQuorum(textAt(object, 'status', 'quorumStatus'));
}

/** `ok`, `ok (1 unavailable)`, `quorum-critical: <pods>`, `unavailable`; absent with an older operator. */
function byQuorum(quorum: string | undefined): Verdict {
  if (quorum === undefined) return healthy('AllReplicasReady');
  if (quorum === 'ok') return healthy('AllReplicasReady', 'quorum is ok');
  const reason = quorum.startsWith('quorum-critical') ? 'QuorumCritical' : 'QuorumNotOk';
  return progressing(reason, `all replicas are ready, but quorum is ${oneLine(quorum, 120)}`);
}
