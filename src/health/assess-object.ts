import type { KubeObject } from '../kube/types.ts';
import { degraded, groupOf, healthy, progressing, unknown, type Verdict } from '../model/verdict.ts';
import type { KindRule, Related } from './assess.ts';
import { ruleFor } from './objects/registry.ts';
import type { OwnJudge } from './own-rules.ts';
import {
  after,
  conditionsOf,
  dateAt,
  hasStatusContent,
  numberAt,
  secondsBetween,
  textsAt,
  valueAt,
  type Condition,
} from './read.ts';

/**
 * The verdict on one object, the order of judgement being: deletion, what was laid aside, generation, the two abnormal-true
 * conditions, the kind's rule, the `Ready` condition. A plan's own rule for the kind comes after deletion and generation, in
 * the place of all else. Pure; never throws: a rule that fails is Unknown with its error.
 * Order after kstatus `Compute` (cli-utils 5895ad6c, pkg/kstatus/status/status.go); its last step, "else Current", is not ours.
 */
export function assessObject(object: KubeObject, related: Related, now: Date, own?: OwnJudge): Verdict {
  try {
    return (
      terminating(object, now) ??
      (own?.knows(object) ? (staleGeneration(object) ?? own.judge(object)) : byOurs(object, related, now))
    );
  } catch (error) {
    return unknown(
      'RuleFailed',
      `the rule for ${object.kind} could not judge it: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function byOurs(object: KubeObject, related: Related, now: Date): Verdict {
  return (
    ruleOf(object)?.aside?.(object) ??
    staleGeneration(object) ??
    abnormal(object) ??
    byRule(object, related, now) ??
    byConditions(object, related)
  );
}

function terminating(object: KubeObject, now: Date): Verdict | undefined {
  if (object.metadata.deletionTimestamp === undefined) return undefined;
  const since = dateAt(object, 'metadata', 'deletionTimestamp');
  const finalizers = [...textsAt(object, 'metadata', 'finalizers'), ...textsAt(object, 'spec', 'finalizers')];
  const holding = finalizers.length > 0 ? `, held by ${finalizers.join(', ')}` : '';
  const stuck = object.kind === 'Namespace' ? stuckText(object) : '';
  return progressing(
    'Terminating',
    `is being deleted${since ? ` for ${secondsBetween(since, now)} s` : ''}${holding}${stuck}`,
  );
}

/** What a namespace's controller says of what it cannot delete: core/v1 NamespaceConditionType, Kubernetes 1.34. */
function stuckText(namespace: KubeObject): string {
  const stuck = conditionsOf(namespace).find(({ type, status }) => type.startsWith('Namespace') && status === 'True');
  return stuck === undefined ? '' : after(stuck.message);
}

function staleGeneration(object: KubeObject): Verdict | undefined {
  const generation = numberAt(object, 'metadata', 'generation');
  const seen = observedGeneration(object);
  // Not "less": a status that was restored from another cluster is of a higher generation than the new object.
  if (generation === undefined || seen === undefined || seen === generation) return undefined;
  return progressing('StaleGeneration', `its controller has seen generation ${seen}, the object is at ${generation}`);
}

/** Some controllers (Argo Rollouts) write the number as text. */
function observedGeneration(object: KubeObject): number | undefined {
  const seen = valueAt(object, 'status', 'observedGeneration');
  return (
    numberAt(object, 'status', 'observedGeneration') ??
    (typeof seen === 'string' && /^\d{1,15}$/u.test(seen) ? Number(seen) : undefined)
  );
}

/** `Reconciling` and `Stalled` mean trouble when True, in the object's order: kstatus README, "abnormal-true" conditions. */
function abnormal(object: KubeObject): Verdict | undefined {
  for (const condition of conditionsOf(object)) {
    if (condition.status !== 'True') continue;
    if (condition.type === 'Reconciling')
      return progressing(condition.reason || 'Reconciling', conditionText(condition));
    if (condition.type === 'Stalled') return degraded(condition.reason || 'Stalled', conditionText(condition));
  }
  return undefined;
}

function byRule(object: KubeObject, related: Related, now: Date): Verdict | undefined {
  return ruleOf(object)?.assess(object, related, now);
}

function ruleOf(object: KubeObject): KindRule | undefined {
  return ruleFor(groupOf(object.apiVersion), object.kind);
}

/** What is left for kinds without a rule: the `Ready` condition, or whether there can be a status at all. */
function byConditions(object: KubeObject, related: Related): Verdict {
  const ready = conditionsOf(object).find((condition) => condition.type === 'Ready');
  if (ready?.status === 'True') return healthy('Ready', conditionText(ready));
  if (ready !== undefined) return progressing(ready.reason || 'NotReady', conditionText(ready));
  if (hasStatusContent(object))
    return unknown('NoRule', `there is no rule for ${object.kind}, and its status has no Ready condition`);
  switch (related.hasStatus(object)) {
    case false:
      return healthy('Exists', 'its kind has no status');
    case true:
      return progressing('NoStatus', 'its controller has not reported a status yet');
    case undefined:
      return unknown('NoStatus', `no status, and it is not known whether ${object.kind} ever has one`);
  }
}

/** `Ready=False: message`, for a verdict's message. */
export function conditionText(condition: Condition): string {
  return `${condition.type}=${condition.status}${after(condition.message || condition.reason)}`;
}
