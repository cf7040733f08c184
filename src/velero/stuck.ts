import { listAt, numberAt, valueAt } from '../kube/read.ts';
import type { KubeObject } from '../kube/types.ts';
import { textAt, timeAt } from './fields.ts';
import { isOpen, phaseOf, type Volume } from './volumes.ts';

/** What stands around the open volumes of a Restore, already fetched. */
export interface Surroundings {
  /** Claims that DataDownloads fill, and the StorageClasses. */
  readonly claims: readonly KubeObject[];
  readonly classes: readonly KubeObject[];
  /** Pods in the namespaces of the volumes. */
  readonly pods: readonly KubeObject[];
  /** Velero's node agents. */
  readonly agents: readonly KubeObject[];
}

/** How long each sign may last before it is a fact, milliseconds. */
export interface Patience {
  /** A controller makes its first pod within seconds of its own creation, on a busy cluster within tens of them. */
  readonly consumerMs: number;
  /** The kubelet tries a container that ends at once for the third time after half a minute. */
  readonly helperMs: number;
  /** A node agent takes up its work within seconds; one that is just being installed needs a pod's start. */
  readonly agentMs: number;
  /** Velero moves a Restore that was marked for deletion within seconds, unless its one worker hangs in another. */
  readonly deletionMs: number;
}

export const patience: Patience = { consumerMs: 60_000, helperMs: 60_000, agentMs: 60_000, deletionMs: 60_000 };

/** Something that no waiting mends. `since`: milliseconds since 1970. */
export interface Stuck {
  readonly reason: 'WaitsForConsumer' | 'RestoreHelperFails' | 'NoNodeAgent';
  readonly message: string;
  readonly since: number;
  /** `wait`: once it is mended Velero goes on by itself. */
  readonly retry: 'again' | 'wait';
}

/** The first open volume that cannot come to an end by itself. Pure. */
export function stuckVolume(
  volumes: readonly Volume[],
  around: Surroundings,
  now: Date,
  limits: Patience = patience,
): Stuck | undefined {
  for (const volume of volumes.filter(isOpen)) {
    const found =
      volume.kind === 'DataDownload'
        ? (noConsumer(volume, around, now, limits) ?? noAgent(volume, around, now, limits))
        : (helperFails(volume, around, now, limits) ?? noAgent(volume, around, now, limits));
    if (found) return found;
  }
  return undefined;
}

function old(since: number, now: Date, limitMs: number): boolean {
  return now.getTime() - since >= limitMs;
}

function createdAt(object: KubeObject): number {
  return Date.parse(object.metadata.creationTimestamp ?? '') || 0;
}

/**
 * The data mover waits until a pod uses the claim, so that it knows the node; with the claim alone in its Restore nobody
 * does before the next step, which waits for this one. 1.18.3, pkg/exposer/generic_restore.go, WaitPVCConsumed.
 */
function noConsumer(volume: Volume, around: Surroundings, now: Date, limits: Patience): Stuck | undefined {
  const namespace = textAt(volume, 'spec', 'targetVolume', 'namespace') ?? '';
  const name = textAt(volume, 'spec', 'targetVolume', 'pvc') ?? '';
  const claim = around.claims.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  if (phaseOf(volume) !== 'Accepted' || !claim || textAt(claim, 'status', 'phase') !== 'Pending') return undefined;
  const className = textAt(claim, 'spec', 'storageClassName');
  const found = around.classes.find(({ metadata }) => metadata.name === className);
  if (textAt(found, 'volumeBindingMode') !== 'WaitForFirstConsumer') return undefined;
  if (claim.metadata.annotations?.['volume.kubernetes.io/selected-node']) return undefined;
  if (around.pods.some((pod) => pod.metadata.namespace === namespace && mounts(pod, name))) return undefined;
  const since = timeAt(volume, 'status', 'acceptedTimestamp') ?? createdAt(volume);
  if (!old(since, now, limits.consumerMs)) return undefined;
  return {
    reason: 'WaitsForConsumer',
    message: `DataDownload ${volume.metadata.name} waits for a pod that mounts claim ${namespace}/${name}, and there is none: its StorageClass ${className ?? ''} binds at the first consumer, and Velero's data mover moves nothing before that. Restore the claim in one step with its workload, or into a class that binds at once (storageClassMapping), or set restorePVC.ignoreDelayBinding for the node agent; here and now a pod that mounts the claim lets it go on`,
    since,
    retry: 'wait',
  };
}

function mounts(pod: KubeObject, claim: string): boolean {
  return listAt(pod, 'spec', 'volumes').some((one) => textAt(one, 'persistentVolumeClaim', 'claimName') === claim);
}

/** The init container that Velero puts into a pod whose files it restores: now and before 1.10. */
const helperNames: readonly string[] = ['restore-wait', 'restic-wait'];
const brokenStates: readonly string[] = [
  'CrashLoopBackOff',
  'RunContainerError',
  'CreateContainerError',
  'CreateContainerConfigError',
  'StartError',
  'ImagePullBackOff',
  'ErrImagePull',
  'ErrImageNeverPull',
  'InvalidImageName',
];

/** The node agent begins with a pod's files when its helper runs: one that cannot start is waited for, for four hours. */
function helperFails(volume: Volume, around: Surroundings, now: Date, limits: Patience): Stuck | undefined {
  const pod = podOf(volume, around);
  if (!pod || !['', 'New'].includes(phaseOf(volume))) return undefined;
  const status = listAt(pod, 'status', 'initContainerStatuses').find((one) =>
    helperNames.includes(textAt(one, 'name') ?? ''),
  );
  const waits = textAt(status, 'state', 'waiting', 'reason') ?? '';
  const ended = textAt(status, 'state', 'terminated', 'reason') ?? '';
  const state = [waits, ended].find((one) => brokenStates.includes(one));
  const again = (numberAt(status, 'restartCount') ?? 0) >= 2;
  if (state === undefined || !(again || old(createdAt(pod), now, limits.helperMs))) return undefined;
  const image = textAt(
    listAt(pod, 'spec', 'initContainers').find((one) => helperNames.includes(textAt(one, 'name') ?? '')),
    'image',
  );
  const name = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
  return {
    reason: 'RestoreHelperFails',
    message: `Pod ${name} waits for its files, but Velero's helper in it, init container ${textAt(status, 'name') ?? ''} of image ${image ?? '?'}, does not start (${state}${lastWords(status)}): PodVolumeRestore ${volume.metadata.name} is never taken up, and until Velero's server restarts no other Restore begins. Give Velero an image that holds velero-restore-helper (its server's, or "image" in a ConfigMap labelled velero.io/pod-volume-restore: RestoreItemAction), restart its server, remove the workload and the claims that this step made, then retry the step`,
    since: createdAt(pod),
    retry: 'again',
  };
}

/** What the container runtime says, never what the program printed. */
function lastWords(status: unknown): string {
  const last = textAt(status, 'lastState', 'terminated', 'reason') === 'StartError' ? 'lastState' : 'state';
  const texts = [textAt(status, 'state', 'waiting', 'message'), textAt(status, last, 'terminated', 'message')];
  const runtime = /exec: .*|no such file or directory.*|not found.*|not present.*/.exec(texts.join(' '))?.[0];
  return runtime === undefined ? '' : `: ${runtime.slice(0, 160)}`;
}

function podOf(volume: Volume, around: Surroundings): KubeObject | undefined {
  const namespace = textAt(volume, 'spec', 'pod', 'namespace');
  const name = textAt(volume, 'spec', 'pod', 'name');
  return around.pods.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
}

/** Nobody carries the data: no agent at all, or none on the node where the pod is. */
function noAgent(volume: Volume, around: Surroundings, now: Date, limits: Patience): Stuck | undefined {
  if (!['', 'New'].includes(phaseOf(volume)) || !old(createdAt(volume), now, limits.agentMs)) return undefined;
  const pod = podOf(volume, around);
  const node = textAt(pod, 'spec', 'nodeName');
  if (volume.kind !== 'DataDownload' && node === undefined) return undefined;
  const ready = around.agents.filter((agent) => textAt(agent, 'status', 'phase') === 'Running');
  const there = node === undefined ? ready : ready.filter((agent) => valueAt(agent, 'spec', 'nodeName') === node);
  if (there.length > 0) return undefined;
  return {
    reason: 'NoNodeAgent',
    message: `${volume.kind} ${volume.metadata.name} is not taken up: no node agent of Velero runs${node === undefined ? '' : ` on node ${node}`} (pods with label name=node-agent in namespace ${volume.metadata.namespace ?? ''}); install it, or let it run there, then it goes on by itself`,
    since: createdAt(volume),
    retry: 'wait',
  };
}
