import type { KubeObject } from '../../kube/types.ts';
import type { Verdict } from '../../model/verdict.ts';
import { listAt, textAt } from '../read.ts';
import { connectorVerdict, strimziReplicas, strimziRule } from '../strimzi.ts';

/**
 * Ready, with all workers, and every connector with all its tasks RUNNING: the operator looks at connectors alone, so one
 * whose task has failed mirrors nothing and is Ready. Source: Strimzi 1.2, api KafkaMirrorMaker2Status.java, cluster-operator
 * KafkaMirrorMaker2AssemblyOperator.java; the same status in v1beta2.
 */
export const strimziKafkaMirrorMaker2 = strimziRule('KafkaMirrorMaker2', judge);

function judge(object: KubeObject): Verdict {
  const base = strimziReplicas(object);
  if (base.verdict !== 'Healthy') return base;
  const verdicts = listAt(object, 'status', 'connectors').map((connector) =>
    connectorVerdict(connector, textAt(connector, 'name') ?? '?'),
  );
  const worst =
    verdicts.find(({ verdict }) => verdict === 'Degraded') ?? verdicts.find(({ verdict }) => verdict !== 'Healthy');
  return worst ?? { ...base, message: `${base.message}, ${verdicts.length} connectors running` };
}
