import type { KubeObject } from '../kube/types.ts';
import { degraded, type Verdict } from '../model/verdict.ts';
import type { Related } from './assess.ts';
import { dateAt, oneLine, textAt } from './read.ts';

/** The related kind that `withWarning` asks for. */
export const eventNeed = { apiVersion: 'v1', kind: 'Event' } as const;

/** What comes up within this time needs no explanation; events are asked for only after it, since a namespace may hold thousands. */
const patienceMs = 20_000;

/** An older warning is of a trouble that is over: its controller repeats a lasting one every few minutes. */
const freshMs = 6 * 60_000;

/**
 * Warnings that are wrong and not only slow once they have been repeated for a while: no condition and no container state
 * tells of them. FailedScheduling is left out, being judged by the pod's own condition.
 * Source: Kubernetes 1.34, pkg/kubelet/events/event.go; attachdetach controller; external-provisioner; controllers' FailedCreate.
 */
const wrongWarnings: readonly string[] = [
  'FailedMount',
  'FailedAttachVolume',
  'FailedMapVolume',
  'FailedCreatePodSandBox',
  'ProvisioningFailed',
  'VolumeResizeFailed',
  'FailedBinding',
  'FailedCreate',
];

/** So long a warning explains, then it is what is wrong: a Secret or a volume of a neighbour step needs its moment. */
const repeatedMs = 60_000;

/**
 * A verdict with the newest warning about its object, for what has been on its way for a while: failed mounts, attachments
 * and provisioning, refused pods of a StatefulSet are told by events alone. One that lasts makes it Degraded with the
 * warning's reason; it may heal all the same. Pure.
 */
export function withWarning(verdict: Verdict, object: KubeObject, related: Related, now: Date): Verdict {
  if (verdict.verdict !== 'Progressing') return verdict;
  const made = dateAt(object, 'metadata', 'creationTimestamp');
  if (made === undefined || now.getTime() - made.getTime() < patienceMs) return verdict;
  const [newest] = related
    .of('Event', object.metadata.namespace)
    .filter((event) => isWarningOf(event, object) && now.getTime() - timeOf(event) < freshMs)
    .toSorted((a, b) => timeOf(b) - timeOf(a));
  if (newest === undefined) return verdict;
  const message = `${verdict.message}; ${warningText(newest)}`;
  const reason = textAt(newest, 'reason') ?? '';
  return wrongWarnings.includes(reason) && lastedMs(newest) >= repeatedMs
    ? degraded(reason, message)
    : { ...verdict, message };
}

/** From the first to the last time that the same warning was given. */
function lastedMs(event: KubeObject): number {
  const first =
    dateAt(event, 'firstTimestamp') ?? dateAt(event, 'eventTime') ?? dateAt(event, 'metadata', 'creationTimestamp');
  return first === undefined ? 0 : timeOf(event) - first.getTime();
}

function isWarningOf(event: KubeObject, object: KubeObject): boolean {
  if (textAt(event, 'type') !== 'Warning' || textAt(event, 'involvedObject', 'kind') !== object.kind) return false;
  if (textAt(event, 'involvedObject', 'name') !== object.metadata.name) return false;
  const uid = textAt(event, 'involvedObject', 'uid');
  return uid === undefined || object.metadata.uid === undefined || uid === object.metadata.uid;
}

/** Newer clients write a series or eventTime, older ones lastTimestamp. Milliseconds since 1970. */
function timeOf(event: KubeObject): number {
  const time =
    dateAt(event, 'series', 'lastObservedTime') ??
    dateAt(event, 'lastTimestamp') ??
    dateAt(event, 'eventTime') ??
    dateAt(event, 'metadata', 'creationTimestamp');
  return time?.getTime() ?? 0;
}

/** A failed probe's event carries the program's own output, which may hold anything: only its first words are told. */
function warningText(event: KubeObject): string {
  const [reason, message] = [textAt(event, 'reason') ?? 'Warning', textAt(event, 'message') ?? ''];
  if (reason === 'Unhealthy') return message.split(':')[0] ?? reason;
  return oneLine(`${reason}: ${message}`, 240);
}
