import type { KubeObject } from '../../kube/types.ts';
import { degraded, healthy, progressing, suspended, type Verdict } from '../../model/verdict.ts';
import type { KindRule, Related } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { engineNeeds, restoreVerdict } from '../longhorn.ts';
import { after, conditionOf, conditionsOf, numberAt, textAt, valueAt } from '../read.ts';

/**
 * Attached with all replicas, or detached because nobody uses it; a restore has to be over. A fault while attached is an
 * engine that died: Longhorn detaches and salvages it. Source: Longhorn 1.13, k8s/pkg/apis/longhorn/v1beta2/volume.go,
 * controller/volume_controller.go checkAndInitVolumeRestore, checkAndFinishVolumeRestore, closeVolumeDependentResources.
 */
export const longhornVolume: KindRule = {
  group: 'longhorn.io',
  kind: 'Volume',
  needs: engineNeeds,
  terminal: ['Faulted', 'RestoreFailed', 'CloneFailed'],
  assess(object, related) {
    const state = textAt(object, 'status', 'state');
    if (state === undefined) return progressing('NoStatus', 'Longhorn has not begun with it');
    return faulted(object, state) ?? restore(object, related) ?? clone(object) ?? settled(object, state);
  },
};

function faulted(object: KubeObject, state: string): Verdict | undefined {
  if (textAt(object, 'status', 'robustness') !== 'faulted') return undefined;
  const why = after(conditionOf(object, 'Restore')?.message);
  if (state !== 'detached') return degraded('EngineDied', `is faulted while ${state}: its engine died${why}`);
  return inRestore(object)
    ? degraded('RestoreFailed', `no replica could restore its backup${why}`)
    : degraded('Faulted', `none of its replicas can be used${why}`);
}

function inRestore(object: KubeObject): boolean {
  return valueAt(object, 'status', 'restoreRequired') === true || valueAt(object, 'status', 'isStandby') === true;
}

function restore(object: KubeObject, related: Related): Verdict | undefined {
  const asked = textAt(object, 'spec', 'fromBackup') !== undefined;
  if (asked && valueAt(object, 'status', 'restoreInitiated') !== true)
    return progressing('RestoreNotBegun', 'its backup has not been found yet: the restore has not begun');
  const failure = conditionsOf(object).find((entry) => entry.type === 'Restore' && entry.reason === 'RestoreFailure');
  if (failure !== undefined) return degraded('RestoreFailure', `the restore failed${after(failure.message)}`);
  if (!inRestore(object)) return undefined;
  const verdict = restoreVerdict(engineOf(object, related));
  if (verdict?.verdict === 'Degraded') return verdict;
  if (valueAt(object, 'spec', 'Standby') === true)
    return suspended('Standby', `follows another site's backups${after(textAt(object, 'status', 'lastBackupAt'))}`);
  if (valueAt(object, 'status', 'isStandby') === true)
    return progressing('Activating', `is being activated${after(verdict?.message)}`);
  return verdict ?? progressing('Restoring', 'restores its backup');
}

function engineOf(object: KubeObject, related: Related): KubeObject | undefined {
  return related
    .of('Engine', object.metadata.namespace)
    .find((engine) => textAt(engine, 'spec', 'volumeName') === object.metadata.name);
}

function clone(object: KubeObject): Verdict | undefined {
  const state = textAt(object, 'status', 'cloneStatus', 'state');
  if (state === undefined || state === 'completed') return undefined;
  if (state === 'failed') return degraded('CloneFailed', 'its data could not be cloned');
  return progressing('Cloning', `its data is being cloned: ${state}`);
}

function settled(object: KubeObject, state: string): Verdict {
  const scheduled = conditionOf(object, 'Scheduled');
  if (scheduled?.status === 'False')
    return degraded(scheduled.reason || 'NotScheduled', `a replica finds no place${after(scheduled.message)}`);
  const robustness = textAt(object, 'status', 'robustness') ?? 'unknown';
  if (state === 'attached') {
    if (robustness === 'healthy') return healthy('Attached', 'attached, all replicas in sync');
    const wanted = numberAt(object, 'spec', 'numberOfReplicas') ?? 0;
    if (robustness === 'degraded') return progressing('Rebuilding', `attached with less than its ${wanted} replicas`);
    return progressing('RobustnessUnknown', `attached, robustness is ${robustness}`);
  }
  const node = textAt(object, 'spec', 'nodeID');
  if (state === 'detached' && node !== undefined)
    return progressing('Attaching', `is detached and shall be attached to node ${node}`);
  return byWord(
    state,
    { healthy: ['detached'], progressing: ['creating', 'attaching', 'detaching', 'deleting'], degraded: [] },
    { writer: 'Longhorn', field: 'state' },
  );
}
