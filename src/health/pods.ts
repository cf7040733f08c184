import type { KubeObject } from '../kube/types.ts';
import type { Related } from './assess.ts';
import { withWarning } from './events.ts';
import { degraded, healthy, progressing, type Verdict } from '../model/verdict.ts';
import {
  after,
  conditionOf,
  dateAt,
  listAt,
  numberAt,
  oneLine,
  secondsBetween,
  textAt,
  valueAt,
  type Fields,
} from './read.ts';

/**
 * Waiting reasons of a container that say "wrong", not "not yet". They may still mend by themselves (a registry that
 * comes back, a Secret of a later tier), so they are Degraded and never terminal, but for two (see terminal.ts).
 * Source: kubelet 1.34, pkg/kubelet/images/types.go and pkg/kubelet/container/sync_result.go, kuberuntime_container.go.
 */
const wrongReasons: readonly string[] = [
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
  'CreateContainerConfigError',
  'CreateContainerError',
  'PreCreateHookError',
  'PreStartHookError',
  'PostStartHookError',
  'RunContainerError',
  'StartError',
];

/** How long a pod may find no node before that is wrong: kstatus gives it 15 s, a node autoscaler needs minutes. */
const unschedulableGraceMs = 3 * 60_000;

/** What is wrong with one pod, or what it waits for. Containers, init containers and sidecars alike. Pure. */
export function assessPod(pod: KubeObject, now: Date): Verdict {
  const phase = textAt(pod, 'status', 'phase');
  if (phase === 'Succeeded') return healthy('Completed', 'ran to its end');
  if (phase === 'Failed') return failed(pod);
  const containers = containersOf(pod);
  const wrong = containers.map(containerTrouble).find((verdict) => verdict !== undefined);
  if (wrong !== undefined) return wrong;
  const unscheduled = findsNoNode(pod, now);
  if (unscheduled !== undefined) return unscheduled;
  const ready = conditionOf(pod, 'Ready');
  if (phase === 'Running' && ready?.status === 'True') return healthy('Ready');
  if (phase === 'Unknown')
    return progressing('NodeLost', `its node does not report${after(textAt(pod, 'status', 'message'))}`);
  if (phase === undefined) return progressing('NoStatus', 'nobody has reported on it yet');
  return (
    containers.map(containerWait).find((verdict) => verdict !== undefined) ??
    progressing(ready?.reason || phase, notReadyText(phase, ready?.message))
  );
}

function notReadyText(phase: string, message: string | undefined): string {
  return `is ${phase}, not ready${after(message)}`;
}

/** kstatus calls a Failed pod Current ("completed, but not successfully"); it is never that here. */
function failed(pod: KubeObject): Verdict {
  const exits = containersOf(pod).flatMap(({ name, status }) => exitText(fieldsOfState(status, 'state'), name));
  const why = [textAt(pod, 'status', 'reason'), textAt(pod, 'status', 'message'), ...exits].filter(
    (part) => part !== undefined,
  );
  const message = `has failed${after(why.join(', '))}`;
  // Somebody makes another one in its place: not the end.
  const owned = (pod.metadata.ownerReferences ?? []).some((owner) => owner.controller === true);
  return degraded(owned ? (textAt(pod, 'status', 'reason') ?? 'OwnedPodFailed') : 'PodFailed', message);
}

interface Container {
  readonly name: string;
  readonly kind: 'init container' | 'container' | 'sidecar';
  readonly status: Fields;
}

/** Init containers first: they are what the others wait for. One that restarts Always is a sidecar (Kubernetes 1.29). */
function containersOf(pod: KubeObject): readonly Container[] {
  const sidecars = listAt(pod, 'spec', 'initContainers').filter((spec) => textAt(spec, 'restartPolicy') === 'Always');
  const sidecarNames = sidecars.map((spec) => textAt(spec, 'name'));
  const initial = listAt(pod, 'status', 'initContainerStatuses').map((status): Container => {
    const name = textAt(status, 'name') ?? '?';
    return { name, kind: sidecarNames.includes(name) ? 'sidecar' : 'init container', status };
  });
  const main = listAt(pod, 'status', 'containerStatuses').map((status): Container => ({
    name: textAt(status, 'name') ?? '?',
    kind: 'container',
    status,
  }));
  return [...initial, ...main];
}

function fieldsOfState(status: Fields, field: 'state' | 'lastState'): unknown {
  return valueAt(status, field, 'terminated');
}

/** Never the terminated state's message: that is the program's own output, and may hold anything. */
function exitText(terminated: unknown, name: string): string[] {
  const code = numberAt(terminated, 'exitCode');
  if (code === undefined || code === 0) return [];
  const reason = textAt(terminated, 'reason');
  return [`container ${name} exit code ${code}${reason === undefined || reason === 'Error' ? '' : ` (${reason})`}`];
}

function containerTrouble({ name, kind, status }: Container): Verdict | undefined {
  const reason = textAt(status, 'state', 'waiting', 'reason');
  const restarts = numberAt(status, 'restartCount') ?? 0;
  const lastExit = exitText(fieldsOfState(status, 'lastState'), name).map((text) =>
    text.replace(`container ${name} `, ''),
  );
  const history = [...lastExit, ...(restarts > 0 ? [`${restarts} restarts`] : [])].map((part) => `, ${part}`).join('');
  if (reason !== undefined && wrongReasons.includes(reason)) {
    // The back-off's own message only repeats the pod's name.
    const words = reason === 'CrashLoopBackOff' ? undefined : textAt(status, 'state', 'waiting', 'message');
    return degraded(reason, `${reason} in ${kind} ${name}${history}${after(words, 160)}`);
  }
  const exit = exitText(fieldsOfState(status, 'state'), name);
  if (exit.length === 0) return undefined;
  return degraded(
    textAt(status, 'state', 'terminated', 'reason') ?? 'Error',
    `${kind} ${exit[0]?.replace('container ', '')}${restarts > 0 ? `, ${restarts} restarts` : ''}`,
  );
}

/** What a container that is not wrong waits for. */
function containerWait({ name, kind, status }: Container): Verdict | undefined {
  const reason = textAt(status, 'state', 'waiting', 'reason');
  if (reason !== undefined && reason !== 'PodInitializing') {
    return progressing(
      reason,
      `${reason} in ${kind} ${name}${after(textAt(status, 'state', 'waiting', 'message'), 160)}`,
    );
  }
  if (valueAt(status, 'state', 'running') === undefined) return undefined;
  if (kind === 'init container') return progressing('Initializing', `init container ${name} runs`);
  if (valueAt(status, 'ready') === true) return undefined;
  const [exit] = exitText(fieldsOfState(status, 'lastState'), name);
  return progressing(
    'NotReady',
    `${kind} ${name} runs, not ready${exit === undefined ? '' : `; before that ${exit.replace(`container ${name} `, '')}`}`,
  );
}

function findsNoNode(pod: KubeObject, now: Date): Verdict | undefined {
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status !== 'False') return undefined;
  const since = scheduled.since ?? dateAt(pod, 'metadata', 'creationTimestamp');
  const waitedMs = since === undefined ? 0 : now.getTime() - since.getTime();
  const reason = scheduled.reason || 'Unschedulable';
  const message = `finds no node${since === undefined ? '' : ` for ${secondsBetween(since, now)} s`}${after(scheduled.message)}`;
  return waitedMs > unschedulableGraceMs && reason === 'Unschedulable'
    ? degraded(reason, message)
    : progressing(reason, message);
}

/** At most this many kinds of trouble are told. */
const toldCount = 3;

/**
 * Why a workload is not there yet, from its pods: the verdict of the workload itself, made Degraded with the reason of
 * the worst pod, its message followed by the first three kinds of trouble. Pods that are being deleted say nothing. Pure.
 */
export function explainedByPods(base: Verdict, pods: readonly KubeObject[], related: Related, now: Date): Verdict {
  const troubles = pods
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .map((pod) => ({
      name: pod.metadata.name,
      verdict: withWarning(assessPod(pod, now), pod, related, now),
      isFailed: textAt(pod, 'status', 'phase') === 'Failed',
    }))
    .filter(({ verdict }) => verdict.verdict !== 'Healthy')
    // A failed pod has been replaced already: it tells less than one that tries.
    .toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  const [worst] = troubles;
  if (worst === undefined) return base;
  const told = [...Map.groupBy(troubles, ({ verdict }) => verdict.message)].map(([message, same]) => {
    const others = same.length > 1 ? ` and ${same.length - 1} more` : '';
    return `pod ${same[0]?.name}${others}: ${message}`;
  });
  const more = told.length > toldCount ? `; and ${told.length - toldCount} more` : '';
  const message = oneLine(`${base.message} (${told.slice(0, toldCount).join('; ')}${more})`, 700);
  return worst.verdict.verdict === 'Degraded' && !worst.isFailed
    ? degraded(worst.verdict.reason, message)
    : { ...base, message };
}

function rank(trouble: { readonly verdict: Verdict; readonly isFailed: boolean }): number {
  if (trouble.isFailed) return 1;
  return trouble.verdict.verdict === 'Degraded' ? 0 : 2;
}
