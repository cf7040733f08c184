import { quantityOf } from '../../kube/quantity.ts';
import type { KubeObject } from '../../kube/types.ts';
import { degraded, healthy, progressing, type Verdict } from '../../model/verdict.ts';
import type { KindRule, Related } from '../assess.ts';
import { claimSnapshot, snapshotNeeds } from '../claim-snapshot.ts';
import { withWarning } from '../events.ts';
import { after, conditionOf, listAt, textAt, valueAt } from '../read.ts';
import { podNeeds } from '../workload.ts';

/**
 * Bound; Pending says for what. Lost is for good: its volume is gone (kstatus takes it for in progress). A claim that waits
 * for its first consumer is Progressing/WaitForFirstConsumer, and whether that may pass is the gate's decision.
 * Source: core/v1 PersistentVolumeClaimPhase, Kubernetes 1.34, pkg/controller/volume/persistentvolume.
 */
export const persistentVolumeClaim: KindRule = {
  group: '',
  kind: 'PersistentVolumeClaim',
  needs: [...podNeeds, { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' }, ...snapshotNeeds],
  terminal: ['ClaimLost'],
  assess(object, related, now) {
    const phase = textAt(object, 'status', 'phase');
    if (phase === 'Bound') return bound(object);
    if (phase === 'Lost')
      return degraded('ClaimLost', `its volume ${textAt(object, 'spec', 'volumeName') ?? ''} is gone`);
    if (phase === undefined) return progressing('NoStatus', 'has no phase yet');
    if (phase !== 'Pending') return progressing('UnknownPhase', `phase is ${phase}, expected Bound`);
    const verdict = pending(object, related);
    // What waits for a consumer waits by intent; everything else may be told by an event of the provisioner.
    return verdict.reason === 'WaitForFirstConsumer' ? verdict : withWarning(verdict, object, related, now);
  },
};

function bound(object: KubeObject): Verdict {
  const wrong = conditionOf(object, 'ModifyVolumeError');
  if (wrong?.status === 'True')
    return progressing('ModifyVolumeError', `is bound, changing its volume fails: ${wrong.message}`);
  const resizing = conditionOf(object, 'Resizing');
  if (resizing?.status === 'True')
    return progressing('Resizing', `is bound, its volume is growing${after(resizing.message)}`);
  const volume = `bound to ${textAt(object, 'spec', 'volumeName') ?? 'a volume'}`;
  // It ends only when a pod mounts the claim, so nothing is waited for here.
  if (conditionOf(object, 'FileSystemResizePending')?.status === 'True')
    return healthy('Bound', `${volume}, its file system grows when a pod mounts it`);
  return smallerThanAsked(object) ?? healthy('Bound', volume);
}

/** A volume that was made again from a smaller snapshot is expanded afterwards; what it holds may not fit before. */
function smallerThanAsked(object: KubeObject): Verdict | undefined {
  const [asked, got] = [
    textAt(object, 'spec', 'resources', 'requests', 'storage'),
    textAt(object, 'status', 'capacity', 'storage'),
  ];
  const [askedBytes, gotBytes] = [quantityOf(asked), quantityOf(got)];
  if (askedBytes === undefined || gotBytes === undefined || gotBytes >= askedBytes) return undefined;
  return progressing('SmallerThanAsked', `is bound to a volume of ${got}, and asks for ${asked}`);
}

function pending(object: KubeObject, related: Related): Verdict {
  const wanted =
    textAt(object, 'spec', 'storageClassName') ??
    textAt(object, 'metadata', 'annotations', 'volume.beta.kubernetes.io/storage-class');
  const classes = related.of('StorageClass');
  const storageClass = classes.find((entry) =>
    wanted === undefined ? isDefault(entry) : entry.metadata.name === wanted,
  );
  if (storageClass === undefined && wanted !== undefined && related.knows('StorageClass')) {
    return progressing('StorageClassMissing', `waits for StorageClass ${wanted}, which is not there`);
  }
  const waits =
    textAt(storageClass, 'volumeBindingMode') === 'WaitForFirstConsumer' &&
    textAt(object, 'spec', 'volumeName') === undefined;
  const consumer = consumersOf(object, related)[0];
  // The scheduler writes this annotation once it has placed a consumer.
  const placed = textAt(object, 'metadata', 'annotations', 'volume.kubernetes.io/selected-node') !== undefined;
  if (waits && consumer === undefined && !placed) {
    return progressing('WaitForFirstConsumer', `waits for its first consumer; ${claimSnapshot(object, related).text}`);
  }
  const by = consumer === undefined ? '' : ` for pod ${consumer.metadata.name}`;
  const snapshot = claimSnapshot(object, related);
  return progressing('Pending', `waits for a volume${by}${snapshot.state === 'not-ready' ? `; ${snapshot.text}` : ''}`);
}

function isDefault(storageClass: KubeObject): boolean {
  return storageClass.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';
}

/** Pods that mount a claim and have not ended. */
function consumersOf(claim: KubeObject, related: Related): readonly KubeObject[] {
  return related.of('Pod', claim.metadata.namespace).filter((pod) => {
    const phase = textAt(pod, 'status', 'phase');
    if (phase === 'Succeeded' || phase === 'Failed') return false;
    return listAt(pod, 'spec', 'volumes').some((volume) => mounts(pod, volume, claim.metadata.name));
  });
}

/** An ephemeral volume's claim is named `<pod>-<volume>`. */
function mounts(pod: KubeObject, volume: unknown, claim: string): boolean {
  if (textAt(volume, 'persistentVolumeClaim', 'claimName') === claim) return true;
  return valueAt(volume, 'ephemeral') !== undefined && `${pod.metadata.name}-${textAt(volume, 'name') ?? ''}` === claim;
}
