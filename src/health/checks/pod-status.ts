import { z } from 'zod';
import { textAt } from '../../kube/read.ts';
import type { KubeObject } from '../../kube/types.ts';
import { healthy, missing, progressing, type Verdict } from '../../model/verdict.ts';
import type { CheckContext, HealthCheck } from '../check.ts';
import { withVerdict } from '../check-errors.ts';
import { isReady, podsWith, podTexts } from '../check-pods.ts';
import { AtLeastOne, LabelMap, Namespace, selectorText } from '../check-words.ts';

const PodStatus = z
  .strictObject({
    podSelector: LabelMap.describe('Labels of the pods, as `{app: web}`.'),
    namespace: Namespace,
    phase: z.enum(['Running', 'Succeeded']).optional().describe('The phase that counts. Default `Running`.'),
    ready: z
      .boolean()
      .optional()
      .describe('Count only pods whose condition Ready is True. Default true, and false for `Succeeded`.'),
    atLeast: AtLeastOne.optional().describe('How many such pods there must be. Default 1.'),
  })
  .refine((spec) => !(spec.phase === 'Succeeded' && spec.ready === true), {
    error: 'found phase: Succeeded with ready: true; a pod that has ended is never ready, leave ready out',
  })
  .describe('Pods are in a phase and ready.');
type PodStatus = z.infer<typeof PodStatus>;

/** Judges pods that were found; pure. */
export function judgePods(spec: PodStatus, pods: readonly KubeObject[], namespace: string): Verdict {
  const which = `Pod with ${selectorText(spec.podSelector)} in namespace ${namespace}`;
  if (pods.length === 0) return missing('NoPod', `there is no ${which}`);
  const phase = spec.phase ?? 'Running';
  const mustBeReady = spec.ready ?? phase === 'Running';
  const isGood = (pod: KubeObject): boolean =>
    textAt(pod, 'status', 'phase') === phase && (!mustBeReady || isReady(pod));
  const goodCount = pods.filter(isGood).length;
  const atLeast = spec.atLeast ?? 1;
  const text = `expected at least ${atLeast} ${which} ${phase}${mustBeReady ? ' and ready' : ''}, found ${goodCount} of ${pods.length}`;
  if (goodCount >= atLeast) return healthy('PodsReady', text);
  const others = pods.filter((pod) => !isGood(pod));
  return progressing('PodsNotReady', others.length === 0 ? text : `${text}: ${podTexts(others)}`);
}

async function look(ctx: CheckContext, spec: PodStatus): Promise<Verdict> {
  const namespace = spec.namespace ?? ctx.namespace;
  return judgePods(spec, await podsWith(ctx, spec.podSelector, namespace), namespace);
}

/** Check `podStatus`: pods run and are ready. */
export const podStatus: HealthCheck<PodStatus> = {
  type: 'podStatus',
  spec: PodStatus,
  objectsOnly: true,
  observe: (ctx, spec) => withVerdict(() => look(ctx, spec)),
};
