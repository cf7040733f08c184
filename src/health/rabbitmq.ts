import type { KubeObject } from '../kube/types.ts';
import { degraded, healthy, progressing, type Verdict } from '../model/verdict.ts';
import type { KindRule } from './assess.ts';
import { after, conditionOf, textAt } from './read.ts';

/**
 * The rule of what the topology operator declares in a cluster: queues, users, shovels and the like share one condition,
 * `Ready`, True once the cluster took it. Declared is all that it says: a shovel that is Ready need not move a message.
 * A failure is told before the generations are compared, as `observedGeneration` is the last one that could be declared.
 * It is tried again, but for a namespace that the cluster's `rabbitmq.com/topology-allowed-namespaces` shuts out.
 * Source: messaging-topology-operator 1.20, api/v1beta1/conditions.go, internal/controller/topology_controller.go.
 */
export function rabbitmqTopology(kind: string): KindRule {
  return { group: 'rabbitmq.com', kind, terminal: ['NotAllowed'], aside: failed, assess: judge };
}

function failed(object: KubeObject): Verdict | undefined {
  const ready = conditionOf(object, 'Ready');
  if (ready?.status !== 'False') return undefined;
  const message = `could not be declared${after(ready.message)}`;
  if (/not allowed to reference/iu.test(ready.message)) return degraded('NotAllowed', message);
  if (/scaled to zero/iu.test(ready.message)) return progressing('ClusterScaledToZero', message);
  return degraded(ready.reason || 'NotReady', message);
}

function judge(object: KubeObject): Verdict {
  const ready = conditionOf(object, 'Ready');
  if (ready === undefined) return progressing('NoStatus', 'its operator has not declared it in its cluster yet');
  return ready.status === 'True'
    ? healthy('Declared', textAt(object, 'spec', 'name') ?? '')
    : progressing(ready.reason || 'NotReady', `Ready is ${ready.status}${after(ready.message)}`);
}
