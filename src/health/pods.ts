import type { KubeObject } from '../kube/types.ts';
import type { Related } from './assess.ts';
import { containersOf, containerTrouble, containerWait, exitText } from './containers.ts';
import { withWarning } from './events.ts';
import { degraded, healthy, progressing, type Verdict } from '../model/verdict.ts';
import { after, conditionOf, dateAt, numberAt, oneLine, secondsBetween, textAt, valueAt } from './read.ts';

/** How long a pod may find no node before that is wrong: kstatus gives it 15 s, a node autoscaler needs minutes. */
const unschedulableGraceMs = 3 * 60_000;

/** What is wrong with one pod, or what it waits for. Containers, init containers and sidecars alike. Pure. */
export function assessPod(pod: KubeObject, now: Date): Verdict {
  const phase = textAt(pod, 'status', 'phase');
  if (phase === 'Succeeded') return healthy('Completed', 'ran to its end');
  if (phase === 'Failed') return failed(pod);
  const containers = containersOf(pod);
  const wrong = containers.map((one) => containerTrouble(one, now)).find((verdict) => verdict !== undefined);
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
  const exits = containersOf(pod).flatMap(({ name, status }) => {
    const ended = valueAt(status, 'state', 'terminated');
    return (numberAt(ended, 'exitCode') ?? 0) === 0 ? [] : [`container ${name} ${exitText(ended) ?? ''}`];
  });
  const why = [textAt(pod, 'status', 'reason'), textAt(pod, 'status', 'message'), ...exits].filter(
    (part) => part !== undefined,
  );
  const message = `has failed${after(why.join(', '))}`;
  // Somebody makes another one in its place: not the end.
  const owned = (pod.metadata.ownerReferences ?? []).some((owner) => owner.controller === true);
  return degraded(owned ? (textAt(pod, 'status', 'reason') ?? 'OwnedPodFailed') : 'PodFailed', message);
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
  const told = [...Map.groupBy(troubles, kindOfTrouble).values()].map((same) => {
    const others = same.length > 1 ? ` and ${same.length - 1} more` : '';
    return `pod ${same[0]?.name}${others}: ${same[0]?.verdict.message}`;
  });
  const more = told.length > toldCount ? `; and ${told.length - toldCount} more` : '';
  const message = oneLine(`${base.message} (${told.slice(0, toldCount).join('; ')}${more})`, 700);
  return worst.verdict.verdict === 'Degraded' && !worst.isFailed
    ? degraded(worst.verdict.reason, message)
    : { ...base, message };
}

/** Replicas differ in counts and in their names, not in what is wrong with them. */
function kindOfTrouble({ name, verdict }: { readonly name: string; readonly verdict: Verdict }): string {
  return `${verdict.reason} ${verdict.message.replaceAll(name, '').replaceAll(/\d+/gu, '')}`;
}

function rank(trouble: { readonly verdict: Verdict; readonly isFailed: boolean }): number {
  if (trouble.isFailed) return 1;
  return trouble.verdict.verdict === 'Degraded' ? 0 : 2;
}
