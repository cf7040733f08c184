import type { KubeObject } from '../kube/types.ts';
import { degraded, progressing, type Verdict } from '../model/verdict.ts';
import { after, dateAt, listAt, numberAt, textAt, valueAt, type Fields } from './read.ts';

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

/** One container of a pod as its kubelet reports it. */
export interface Container {
  readonly name: string;
  readonly kind: 'init container' | 'container' | 'sidecar';
  readonly status: Fields;
}

/** Init containers first: they are what the others wait for. One that restarts Always is a sidecar (Kubernetes 1.29). */
export function containersOf(pod: KubeObject): readonly Container[] {
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

/** `exit code 137 (OOMKilled)`. Never the terminated state's message: that is the program's own output, and may hold anything. */
export function exitText(terminated: unknown): string | undefined {
  const code = numberAt(terminated, 'exitCode');
  if (code === undefined) return undefined;
  const reason = textAt(terminated, 'reason');
  return `exit code ${code}${reason === undefined || reason === 'Error' || reason === 'Completed' ? '' : ` (${reason})`}`;
}

/** What is wrong with a container; undefined when nothing is. */
export function containerTrouble({ name, kind, status }: Container, now: Date): Verdict | undefined {
  const reason = textAt(status, 'state', 'waiting', 'reason');
  const history = [exitText(valueAt(status, 'lastState', 'terminated')), restartsText(status)]
    .map((part) => (part === undefined ? '' : `, ${part}`))
    .join('');
  if (reason !== undefined && wrongReasons.includes(reason)) {
    // The back-off's own message only repeats the pod's name.
    const words = reason === 'CrashLoopBackOff' ? undefined : textAt(status, 'state', 'waiting', 'message');
    return degraded(reason, `${reason} in ${kind} ${name}${history}${after(words, 160)}`);
  }
  if (isBetweenCrashes(status, now))
    return degraded('CrashLoopBackOff', `crashes again and again: ${kind} ${name}${history}, runs once more`);
  const ended = valueAt(status, 'state', 'terminated');
  if ((numberAt(ended, 'exitCode') ?? 0) === 0) return undefined;
  const restarts = restartsText(status);
  return degraded(
    textAt(ended, 'reason') ?? 'Error',
    `${kind} ${name} ${exitText(ended) ?? ''}${restarts === undefined ? '' : `, ${restarts}`}`,
  );
}

function restartsText(status: Fields): string | undefined {
  const restarts = numberAt(status, 'restartCount') ?? 0;
  return restarts > 0 ? `${restarts} restarts` : undefined;
}

/** A container that has crashed this often has not just lost a race against a tier that comes up. */
const crashesOfALoop = 3;

/** A run this much longer than the last one is a new story. */
const longerMs = 30_000;

/**
 * Whether a container that runs right now is still in its crash loop: it has crashed several times and has not outlived its
 * last run. Between two back-offs it runs for seconds, and must not look as if it healed each time.
 */
function isBetweenCrashes(status: Fields, now: Date): boolean {
  const since = dateAt(status, 'state', 'running', 'startedAt');
  const last = valueAt(status, 'lastState', 'terminated');
  if (since === undefined || valueAt(status, 'ready') === true || (numberAt(last, 'exitCode') ?? 0) === 0) return false;
  if ((numberAt(status, 'restartCount') ?? 0) < crashesOfALoop) return false;
  const [from, to] = [dateAt(last, 'startedAt'), dateAt(last, 'finishedAt')];
  if (from === undefined || to === undefined) return false;
  return now.getTime() - since.getTime() <= to.getTime() - from.getTime() + longerMs;
}

/** What a container that is not wrong waits for. */
export function containerWait({ name, kind, status }: Container): Verdict | undefined {
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
  const exit = exitText(valueAt(status, 'lastState', 'terminated'));
  return progressing('NotReady', `${kind} ${name} runs, not ready${exit === undefined ? '' : `; before that ${exit}`}`);
}

/** The container whose log tells why a pod does not run, and whether its last end is in the log of the run before. */
export function crashedContainer(pod: KubeObject): { readonly name: string; readonly previous: boolean } | undefined {
  for (const { name, status } of containersOf(pod)) {
    if (valueAt(status, 'ready') === true) continue;
    if ((numberAt(status, 'state', 'terminated', 'exitCode') ?? 0) !== 0) return { name, previous: false };
    if (numberAt(status, 'lastState', 'terminated', 'exitCode') !== undefined) return { name, previous: true };
  }
  return undefined;
}
