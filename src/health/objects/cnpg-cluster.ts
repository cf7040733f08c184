import type { KubeObject } from '../../kube/types.ts';
import { degraded, healthy, progressing, suspended, type Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { withEnginePods } from '../engine-pods.ts';
import { after, conditionOf, numberAt, oneLine, textAt } from '../read.ts';
import { podNeeds } from '../workload.ts';

const healthyPhase = 'Cluster in healthy state';

/**
 * Phases that wait for a person, by how they begin: the wording has changed over versions. All others count as on their
 * way, a switchover too (Argo CD calls it Degraded). Source: CloudNativePG 1.27, api/v1/cluster_types.go Phase* constants.
 */
const stuck: readonly (readonly [RegExp, string])[] = [
  [/unrecoverable/iu, 'Unrecoverable'],
  [/^Invalid cluster definition/iu, 'InvalidDefinition'],
  [/incomplete or invalid image catalog/iu, 'ImageCatalog'],
  [/^Unable to create required cluster objects/iu, 'CannotCreateObjects'],
  [/missing architecture binary/iu, 'MissingArchitecture'],
  [/unknown plugin/iu, 'UnknownPlugin'],
  [/error while interacting with plugins/iu, 'PluginError'],
];

/**
 * Healthy phase, Ready, every instance ready, the primary where it should be. It says nothing of the data: an operator makes
 * an empty cluster just as healthy. Source: CloudNativePG 1.27, pkg/resources/status/transactions.go (Ready iff the phase is the healthy one).
 */
export const cnpgCluster: KindRule = {
  group: 'postgresql.cnpg.io',
  kind: 'Cluster',
  needs: podNeeds,
  terminal: ['Unrecoverable', 'InvalidDefinition'],
  assess: (object, related, now) =>
    withEnginePods(fromStatus(object), object, related, now, { 'cnpg.io/cluster': object.metadata.name }),
};

function fromStatus(object: KubeObject): Verdict {
  const annotation = (name: string): string | undefined => object.metadata.annotations?.[`cnpg.io/${name}`];
  if (annotation('hibernation') === 'on')
    return suspended('Hibernated', 'is hibernated by its annotation cnpg.io/hibernation');
  if (annotation('reconciliationLoop') === 'disabled')
    return suspended('ReconciliationDisabled', 'its operator leaves it alone: annotation cnpg.io/reconciliationLoop');
  const fenced = annotation('fencedInstances');
  if (fenced !== undefined && fenced !== '' && fenced !== '[]')
    return suspended('Fenced', `instances are fenced: ${oneLine(fenced, 80)}`);
  const phase = textAt(object, 'status', 'phase');
  if (phase === undefined) return progressing('NoStatus', 'its operator has not reported on it yet');
  const words = `${phase}${after(textAt(object, 'status', 'phaseReason'))}`;
  const reason = stuck.find(([pattern]) => pattern.test(phase))?.[1];
  if (reason !== undefined) return degraded(reason, words);
  if (/^Waiting for user action/iu.test(phase)) return suspended('WaitingForUser', words);
  const wanted = numberAt(object, 'spec', 'instances') ?? 1;
  const ready = numberAt(object, 'status', 'readyInstances') ?? 0;
  const counts = `${ready} of ${wanted} instances ready`;
  if (phase !== healthyPhase) return progressing('NotHealthyYet', `${counts}, phase: ${words}`);
  return settled(object, counts, ready >= wanted);
}

function settled(object: KubeObject, counts: string, enough: boolean): Verdict {
  if (!enough) return progressing('LessReady', counts);
  const ready = conditionOf(object, 'Ready');
  if (ready?.status !== 'True')
    return progressing(ready?.reason || 'NotReady', `${counts}, condition Ready is not True${after(ready?.message)}`);
  const [current, target] = [textAt(object, 'status', 'currentPrimary'), textAt(object, 'status', 'targetPrimary')];
  if (current !== target)
    return progressing('SwitchingPrimary', `primary is ${current ?? 'none'}, going to ${target ?? 'none'}`);
  const archiving = conditionOf(object, 'ContinuousArchiving');
  // Up, but nothing it writes from now on is kept anywhere: it must be seen before people rely on it.
  if (archiving?.status === 'False')
    return degraded('ContinuousArchivingFailing', `${counts}, but WAL archiving fails${after(archiving.message)}`);
  return healthy('ClusterIsReady', counts);
}
