import { isRecord, listAt, textAt } from '../kube/read.ts';
import type { KubeObject } from '../kube/types.ts';
import { missing, progressing, type Verdict } from '../model/verdict.ts';
import type { CheckContext } from './check.ts';
import { selectorText } from './check-words.ts';

/** Which pod is meant: one by name, or any that has the labels. */
export interface PodChoice {
  readonly pod?: string | undefined;
  readonly podSelector?: { readonly [label: string]: string } | undefined;
  readonly namespace?: string | undefined;
}

/** A pod to ask, or why there is none. */
export type ChosenPod = { readonly pod: KubeObject } | { readonly verdict: Verdict };

/** Pods with these labels that are not on their way out. */
export async function podsWith(
  ctx: CheckContext,
  labels: { readonly [label: string]: string },
  namespace: string,
): Promise<readonly KubeObject[]> {
  const options = { namespace, labelSelector: selectorText(labels), signal: ctx.signal };
  const { items } = await ctx.kube.list({ apiVersion: 'v1', kind: 'Pod' }, options);
  return items.filter((pod) => pod.metadata.deletionTimestamp === undefined);
}

/** Finds the pod to ask: a ready one before one that merely runs, so that a pod on its way up never speaks for the others. */
export async function choosePod(ctx: CheckContext, choice: PodChoice): Promise<ChosenPod> {
  const namespace = choice.namespace ?? ctx.namespace;
  if (choice.pod === undefined)
    return pickPod(
      await podsWith(ctx, choice.podSelector ?? {}, namespace),
      `with ${selectorText(choice.podSelector ?? {})}`,
      namespace,
    );
  const pod = await ctx.kube.get(
    { apiVersion: 'v1', kind: 'Pod', namespace, name: choice.pod },
    { signal: ctx.signal },
  );
  return pickPod(pod === undefined ? [] : [pod], choice.pod, namespace);
}

/** Of several pods the one to ask; pure. `which` names them in a message. */
export function pickPod(pods: readonly KubeObject[], which: string, namespace: string): ChosenPod {
  if (pods.length === 0) return { verdict: missing('NoPod', `there is no Pod ${which} in namespace ${namespace}`) };
  const running = pods.filter((pod) => textAt(pod, 'status', 'phase') === 'Running');
  const pod = running.find(isReady) ?? running[0];
  if (pod !== undefined) return { pod };
  return { verdict: progressing('PodNotRunning', `no Pod ${which} in namespace ${namespace} runs: ${podTexts(pods)}`) };
}

/** Whether the pod's condition Ready is True. */
export function isReady(pod: KubeObject): boolean {
  return listAt(pod, 'status', 'conditions').some(
    (each) => textAt(each, 'type') === 'Ready' && textAt(each, 'status') === 'True',
  );
}

/** The names of a pod's containers, in its order. */
export function containersOf(pod: KubeObject): readonly string[] {
  return listAt(pod, 'spec', 'containers').map((each) => textAt(each, 'name') ?? '');
}

/** Three pods are enough to see what is wrong. */
const shownCount = 3;

/** `web-0 is Pending (ImagePullBackOff), web-1 is Running, not ready`: what pods are doing, the first three. */
export function podTexts(pods: readonly KubeObject[]): string {
  const texts = pods.slice(0, shownCount).map(podText);
  const rest = pods.length - shownCount;
  return `${texts.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function podText(pod: KubeObject): string {
  const phase = textAt(pod, 'status', 'phase') ?? 'without a phase';
  const why = waitingReason(pod);
  const readiness = phase === 'Running' && !isReady(pod) ? ', not ready' : '';
  return `${pod.metadata.name} is ${phase}${why === undefined ? readiness : ` (${why})`}`;
}

/** Why a container waits, or why the pod found no node. */
function waitingReason(pod: KubeObject): string | undefined {
  const statuses = [...listAt(pod, 'status', 'initContainerStatuses'), ...listAt(pod, 'status', 'containerStatuses')];
  for (const status of statuses.filter(isRecord)) {
    const reason = textAt(status, 'state', 'waiting', 'reason');
    if (reason !== undefined) return reason;
  }
  const unscheduled = listAt(pod, 'status', 'conditions').find(
    (each) => textAt(each, 'type') === 'PodScheduled' && textAt(each, 'status') === 'False',
  );
  return textAt(unscheduled, 'reason');
}
