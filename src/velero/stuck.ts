import { listAt, numberAt, valueAt } from '../kube/read.ts';
import type { KubeObject } from '../kube/types.ts';
import { textAt } from './fields.ts';
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
  /** Since when each sign is seen without a break, by its key, milliseconds since 1970; a sign that is not in it began now. */
  readonly since?: ReadonlyMap<string, number>;
}

/** How long each sign may be seen before it is a fact, milliseconds. */
export interface Patience {
  /** A controller makes its first pod within seconds of its own creation, on a busy cluster within tens of them. */
  readonly consumerMs: number;
  /** The kubelet tries a container that ends at once for the third time after half a minute. */
  readonly helperMs: number;
  /** A registry may be away for a moment: the kubelet tries again by itself, at last every five minutes. */
  readonly pullMs: number;
  /** A node agent takes up its work within seconds; one that is just being installed needs a pod's start. */
  readonly agentMs: number;
  /** Velero moves a Restore that was marked for deletion within seconds, unless its one worker hangs in another. */
  readonly deletionMs: number;
}

export const patience: Patience = {
  consumerMs: 60_000,
  helperMs: 60_000,
  pullMs: 300_000,
  agentMs: 60_000,
  deletionMs: 60_000,
};

/** Something that may mend itself in a moment, and that no waiting mends once it has lasted. */
export interface Sign {
  /** Of the volume and what is wrong with it: the same from look to look. */
  readonly key: string;
  readonly reason: 'WaitsForConsumer' | 'RestoreHelperFails' | 'NoNodeAgent';
  readonly message: string;
  /** How long it may last; `atOnce`: it has lasted already. */
  readonly limit: keyof Patience | 'atOnce';
  /** `wait`: once it is mended Velero goes on by itself. */
  readonly retry: 'again' | 'wait';
  /** For the reason, while it may still mend itself. */
  readonly suspect?: string;
}

/** A sign that has lasted. `since`: milliseconds since 1970. */
export interface Stuck extends Sign {
  readonly since: number;
}

/**
 * What is wrong around the open volumes at this moment. `isRestoring`: the Restore still makes objects, so who consumes a
 * claim may be about to come. Pure.
 */
export function signsOf(volumes: readonly Volume[], around: Surroundings, isRestoring: boolean): readonly Sign[] {
  return volumes.filter(isOpen).flatMap((volume) => {
    const consumed = isRestoring || volume.kind !== 'DataDownload' ? undefined : noConsumer(volume, around);
    const helped = volume.kind === 'DataDownload' ? undefined : helperFails(volume, around);
    return consumed ?? helped ?? noAgent(volume, around) ?? [];
  });
}

/** The first of the signs that has lasted. Pure. */
export function stuckSign(
  signs: readonly Sign[],
  around: Surroundings,
  now: Date,
  limits: Patience = patience,
): Stuck | undefined {
  for (const sign of signs) {
    const since = around.since?.get(sign.key) ?? now.getTime();
    if (sign.limit === 'atOnce' || now.getTime() - since >= limits[sign.limit]) return { ...sign, since };
  }
  return undefined;
}

function keyOf(volume: Volume, what: string): string {
  return `${volume.kind}/${volume.metadata.name}/${what}`;
}

/**
 * The data mover waits until a pod uses the claim, so that it knows the node; with the claim alone in its Restore nobody
 * does before the next step, which waits for this one. 1.18.3, pkg/exposer/generic_restore.go, WaitPVCConsumed.
 */
function noConsumer(volume: Volume, around: Surroundings): Sign | undefined {
  const namespace = textAt(volume, 'spec', 'targetVolume', 'namespace') ?? '';
  const name = textAt(volume, 'spec', 'targetVolume', 'pvc') ?? '';
  const claim = around.claims.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  if (phaseOf(volume) !== 'Accepted' || !claim || textAt(claim, 'status', 'phase') !== 'Pending') return undefined;
  const className = textAt(claim, 'spec', 'storageClassName');
  const found = around.classes.find(({ metadata }) => metadata.name === className);
  if (textAt(found, 'volumeBindingMode') !== 'WaitForFirstConsumer') return undefined;
  if (claim.metadata.annotations?.['volume.kubernetes.io/selected-node']) return undefined;
  if (around.pods.some((pod) => pod.metadata.namespace === namespace && mounts(pod, name))) return undefined;
  return {
    key: keyOf(volume, 'consumer'),
    reason: 'WaitsForConsumer',
    message: `DataDownload ${volume.metadata.name} waits for a pod that mounts claim ${namespace}/${name}, and there is none: its StorageClass ${className ?? ''} binds at the first consumer, and Velero's data mover moves nothing before that. Restore the claim in one step with its workload, or into a class that binds at once (storageClassMapping), or set restorePVC.ignoreDelayBinding for the node agent; here and now a pod that mounts the claim lets it go on`,
    limit: 'consumerMs',
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
  'ErrImageNeverPull',
  'InvalidImageName',
];
const pullStates: readonly string[] = ['ErrImagePull', 'ImagePullBackOff'];

/** The node agent begins with a pod's files when its helper runs: one that cannot start is waited for, for four hours. */
function helperFails(volume: Volume, around: Surroundings): Sign | undefined {
  const pod = podOf(volume, around);
  if (!pod || !['', 'New'].includes(phaseOf(volume))) return undefined;
  const status = listAt(pod, 'status', 'initContainerStatuses').find((one) =>
    helperNames.includes(textAt(one, 'name') ?? ''),
  );
  const waits = textAt(status, 'state', 'waiting', 'reason') ?? '';
  const ended = textAt(status, 'state', 'terminated', 'reason') ?? '';
  const state = [waits, ended].find((one) => brokenStates.includes(one) || pullStates.includes(one));
  if (state === undefined) return undefined;
  const image = textAt(
    listAt(pod, 'spec', 'initContainers').find((one) => helperNames.includes(textAt(one, 'name') ?? '')),
    'image',
  );
  const failing = `Velero's helper in Pod ${pod.metadata.namespace ?? ''}/${pod.metadata.name}, init container ${textAt(status, 'name') ?? ''} of image ${image ?? '?'}, does not start (${state}${lastWords(status)})`;
  return pullStates.includes(state)
    ? pullFails(volume, failing)
    : {
        key: keyOf(volume, 'helper'),
        reason: 'RestoreHelperFails',
        message: `${failing}: its files do not come, PodVolumeRestore ${volume.metadata.name} is never taken up, and until Velero's server restarts no other Restore begins. Give Velero an image that holds velero-restore-helper (${otherImage}), restart its server, remove the workload and the claims that this step made, then retry the step`,
        limit: (numberAt(status, 'restartCount') ?? 0) >= 2 ? 'atOnce' : 'helperMs',
        retry: 'again',
      };
}

const otherImage = `its server's, or "image" in a ConfigMap labelled velero.io/pod-volume-restore: RestoreItemAction`;

/** The kubelet tries again for ever, and a registry that was away comes back. */
function pullFails(volume: Volume, failing: string): Sign {
  return {
    key: keyOf(volume, 'pull'),
    reason: 'RestoreHelperFails',
    message: `${failing}: its files do not come, and no other Restore begins meanwhile. See to it that the node gets this image, then it goes on by itself; or give Velero one that the node has (${otherImage}), restart its server, remove the workload and the claims that this step made, then retry the step with mode again`,
    limit: 'pullMs',
    retry: 'wait',
    suspect: failing,
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
function noAgent(volume: Volume, around: Surroundings): Sign | undefined {
  if (!['', 'New'].includes(phaseOf(volume))) return undefined;
  const pod = podOf(volume, around);
  const node = textAt(pod, 'spec', 'nodeName');
  if (volume.kind !== 'DataDownload' && node === undefined) return undefined;
  const ready = around.agents.filter((agent) => textAt(agent, 'status', 'phase') === 'Running');
  const there = node === undefined ? ready : ready.filter((agent) => valueAt(agent, 'spec', 'nodeName') === node);
  if (there.length > 0) return undefined;
  return {
    key: keyOf(volume, 'agent'),
    reason: 'NoNodeAgent',
    message: `${volume.kind} ${volume.metadata.name} is not taken up: no node agent of Velero runs${node === undefined ? '' : ` on node ${node}`} (pods with label name=node-agent in namespace ${volume.metadata.namespace ?? ''}); install it, or let it run there, then it goes on by itself`,
    limit: 'agentMs',
    retry: 'wait',
  };
}
