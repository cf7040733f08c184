import type { KubeObject } from '../../kube/types.ts';
import { progressing, suspended, type Verdict } from '../../model/verdict.ts';
import { fieldsAt, textAt, valueAt } from '../read.ts';
import { connectorVerdict, strimziAside, strimziReady } from '../strimzi.ts';
import type { KindRule } from '../assess.ts';

/**
 * Ready, it and all its tasks RUNNING. `spec.state` is since Strimzi 0.36; before it `spec.pause`. Source: Strimzi 1.2, api
 * KafkaConnectorStatus.java, ConnectorState.java, cluster-operator AbstractConnectOperator.java.
 */
export const strimziKafkaConnector: KindRule = {
  group: 'kafka.strimzi.io',
  kind: 'KafkaConnector',
  aside: strimziAside,
  assess: (object) => {
    const state = textAt(object, 'spec', 'state') ?? (valueAt(object, 'spec', 'pause') === true ? 'paused' : 'running');
    if (state === 'paused') return suspended('ConnectorPaused', 'is paused by its spec');
    if (state === 'stopped') return suspended('ConnectorStopped', 'is stopped by its spec');
    const base = strimziReady(object);
    return base.verdict === 'Healthy' ? running(object) : base;
  },
};

function running(object: KubeObject): Verdict {
  const status = fieldsAt(object, 'status', 'connectorStatus');
  if (Object.keys(status).length === 0)
    return progressing('NoConnectorStatus', 'is Ready, but what Kafka Connect says of it is not written yet');
  return connectorVerdict(status, textAt(status, 'name') ?? object.metadata.name);
}
