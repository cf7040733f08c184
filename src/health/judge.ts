import type { KubeClient, KubeObject } from '../kube/types.ts';
import type { OwnRule } from '../model/plan.ts';
import type { JudgedObject, ObjectRef, Verdict } from '../model/verdict.ts';
import type { Related } from './assess.ts';
import { assessObject } from './assess-object.ts';
import { fetchObjects } from './fetch-objects.ts';
import { judgeByOwnRules } from './own-rules.ts';
import { RelatedInCluster } from './related-cluster.ts';

export interface JudgeOptions {
  readonly signal: AbortSignal;
  /** The worker's clock unless told. */
  readonly now?: () => Date;
  /** The plan's own rules; none unless told. */
  readonly verdicts?: readonly OwnRule[];
}

/** A judged object, as it was when it was judged; no object when it is missing or may not be read. */
export interface Judgement {
  readonly judged: JudgedObject;
  readonly object?: KubeObject;
}

/** One look at objects, and what was fetched beside them. */
export interface Judgements {
  readonly judgements: readonly Judgement[];
  readonly related: Related;
}

/**
 * Judges objects of a cluster, each once. One that is not there is Missing, one of a kind that is not served Missing with
 * reason KindNotServed, one that may not be read Unknown with reason Forbidden. Throws KubeError when the cluster does not answer.
 */
export async function judgeObjects(
  kube: KubeClient,
  refs: Iterable<ObjectRef> | AsyncIterable<ObjectRef>,
  options: JudgeOptions,
): Promise<JudgedObject[]> {
  const { judgements } = await lookAtObjects(kube, refs, options);
  return judgements.map(({ judged }) => judged);
}

/** As `judgeObjects`, with the objects themselves and what stands beside them: for a gate, which asks further questions. */
export async function lookAtObjects(
  kube: KubeClient,
  refs: Iterable<ObjectRef> | AsyncIterable<ObjectRef>,
  options: JudgeOptions,
): Promise<Judgements> {
  const own = judgeByOwnRules(options.verdicts ?? []);
  const fetched = await fetchObjects(kube, refs, options.signal, (kind) => own.knows(kind));
  const related = new RelatedInCluster();
  for (const entry of fetched) if ('object' in entry) related.noteStatus(entry.object, entry.hasStatus);
  const present = fetched.flatMap((entry) => ('object' in entry ? [entry.object] : []));
  const now = options.now?.() ?? new Date();
  const verdicts = await settle(
    kube,
    related,
    present,
    (object) => assessObject(object, related, now, own),
    options.signal,
  );
  const judgements = fetched.map((entry): Judgement => {
    if (!('object' in entry)) return { judged: { ...entry.ref, ...entry.verdict } };
    const verdict = verdicts.get(entry.object);
    if (verdict === undefined) throw new Error(`${entry.ref.kind} ${entry.ref.name} was not judged`);
    return { judged: { ...entry.ref, ...verdict }, object: entry.object };
  });
  return { judgements, related };
}

/**
 * Asks a question of each object until every answer has all that it asks for: rules ask step by step (a claim for its class,
 * then for pods, then for snapshots), each time only for what they lack, so this ends.
 */
async function settle(
  kube: KubeClient,
  related: RelatedInCluster,
  objects: readonly KubeObject[],
  judge: (object: KubeObject) => Verdict,
  signal: AbortSignal,
): Promise<Map<KubeObject, Verdict>> {
  const verdicts = new Map<KubeObject, Verdict>();
  let open = objects;
  while (open.length > 0) {
    const again: KubeObject[] = [];
    for (const object of open) {
      const { result, complete, refusals } = related.attempt(() => judge(object));
      if (!complete) again.push(object);
      verdicts.set(object, withRefusals(result, refusals));
    }
    if (again.length > 0) await related.fetch(kube, signal);
    open = again;
  }
  return verdicts;
}

/** What we may not read may be what is missing for the verdict: it has to be said. */
function withRefusals(verdict: Verdict, refusals: readonly string[]): Verdict {
  if (verdict.verdict === 'Healthy' || refusals.length === 0) return verdict;
  return { ...verdict, message: `${verdict.message} (${refusals.join('; ')})` };
}
