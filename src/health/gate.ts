import { valueAt } from '../kube/read.ts';
import type { KubeClient, KubeObject } from '../kube/types.ts';
import type { Acceptance, Plan } from '../model/plan.ts';
import { quiesceIndexOf, type QuiesceTarget } from '../model/quiesce.ts';
import type { TierName } from '../model/tiers.ts';
import { groupOf, refText, type JudgedObject, type ObjectRef, type VerdictName } from '../model/verdict.ts';
import type { Related } from './assess.ts';
import { claimSnapshot } from './claim-snapshot.ts';
import { lookAtObjects, type Judgement } from './judge.ts';
import { lastWords } from './last-words.ts';
import { oneLine } from './read.ts';
import { isRefused, isSuspect, isTerminal } from './terminal.ts';

/** One look at a gate: what passes, what does not and why. */
export interface GateLook {
  readonly passed: boolean;
  /** How many objects were judged. */
  readonly objects: number;
  /** What does not pass, most telling first; at most 20. */
  readonly waiting: readonly JudgedObject[];
  /** How many do not pass in all. */
  readonly waitingCount: number;
  /** Something of it cannot heal without a change: no use to wait. */
  readonly terminal: boolean;
  /** Something of it is wrong and may still heal: no use to wait for ever. */
  readonly suspect: boolean;
  /** Something of it may not be read: no use to wait, unless the API server has only just started. */
  readonly refused: boolean;
  /** What passes now and has to be Healthy later. */
  readonly debts: readonly JudgedObject[];
  /** The plan's accept lines that were used, one line for each object. */
  readonly exceptions: readonly string[];
  /** Why not yet, one line; empty when it passes. */
  readonly reason: string;
}

export interface GateInput {
  readonly kube: KubeClient;
  readonly plan: Pick<Plan, 'accept'> & Partial<Pick<Plan, 'verdicts' | 'quiesce'>>;
  readonly tier: TierName;
  readonly refs: Iterable<ObjectRef> | AsyncIterable<ObjectRef>;
  readonly signal: AbortSignal;
  /** The worker's clock unless told. */
  readonly now?: () => Date;
}

/** How many waiting objects and exceptions a look lists. */
const listedCount = 20;

/** Looks at every object of a gate once. Throws KubeError when the cluster does not answer: that is no verdict. */
export async function lookAtGate(input: GateInput): Promise<GateLook> {
  const { kube, plan, tier, signal } = input;
  const { judgements, related } = await lookAtObjects(kube, input.refs, {
    signal,
    ...(input.now === undefined ? {} : { now: input.now }),
    verdicts: plan.verdicts ?? [],
  });
  const look = decideGate({ judgements, related, accept: plan.accept, quiesce: plan.quiesce ?? [], tier });
  const objects = new Map(judgements.map(({ judged, object }) => [judged, object]));
  const words = await lastWords(kube, look.waiting, (judged) => objects.get(judged), related, signal);
  return words.some((word) => word !== undefined) ? withWords(look, words) : look;
}

function withWords(look: GateLook, words: readonly (string | undefined)[]): GateLook {
  const waiting = look.waiting.map((judged, index) => {
    const word = words[index];
    return word === undefined ? judged : { ...judged, message: `${judged.message}; ${word}` };
  });
  return { ...look, waiting, reason: waitingText(waiting, look.waitingCount) };
}

/** What a gate's decision rests on. */
export interface GateFacts {
  readonly judgements: readonly Judgement[];
  readonly related: Related;
  readonly accept: readonly Acceptance[];
  /** What the plan stops may be Suspended. */
  readonly quiesce?: readonly QuiesceTarget[];
  readonly tier: TierName;
}

type Decision =
  | { readonly kind: 'passes' }
  | { readonly kind: 'accepted'; readonly by: Acceptance }
  | { readonly kind: 'debt' }
  | { readonly kind: 'waits' };

/** Which verdicts pass. Pure. A gate over nothing never does. */
export function decideGate(facts: GateFacts): GateLook {
  const waiting: JudgedObject[] = [];
  const debts: JudgedObject[] = [];
  const exceptions: string[] = [];
  for (const judgement of facts.judgements) {
    const decision = decide(judgement, facts);
    if (decision.kind === 'waits') waiting.push(judgement.judged);
    if (decision.kind === 'debt') debts.push(judgement.judged);
    if (decision.kind === 'accepted') exceptions.push(exceptionText(judgement.judged, decision.by));
  }
  const objects = facts.judgements.length;
  const told = inOrder(waiting);
  return {
    passed: objects > 0 && waiting.length === 0,
    objects,
    waiting: told.slice(0, listedCount),
    waitingCount: waiting.length,
    terminal: waiting.some(isTerminal),
    suspect: waiting.some(isSuspect),
    refused: waiting.some(isRefused),
    debts,
    exceptions,
    reason:
      objects === 0
        ? 'a gate over nothing: the step restored no object that could be judged'
        : waitingText(told, told.length),
  };
}

/** An accept line comes before a debt: what the plan accepts is owed by nobody. */
function decide({ judged, object }: Judgement, { accept, tier, related, quiesce }: GateFacts): Decision {
  if (judged.verdict === 'Healthy') return { kind: 'passes' };
  if (object !== undefined && isQuiesced(judged, object, quiesce)) return { kind: 'passes' };
  const by = accept.find((line) => accepts(line, judged));
  if (by !== undefined) return { kind: 'accepted', by };
  if (object === undefined) return { kind: 'waits' };
  if (isDueLate(judged) && tier !== 'ingress' && object.metadata.deletionTimestamp === undefined)
    return { kind: 'debt' };
  // Only in the storage tier: a claim that comes with its consumer, in a later one, has to be bound there.
  const waitsForConsumer = judged.kind === 'PersistentVolumeClaim' && judged.reason === 'WaitForFirstConsumer';
  if (waitsForConsumer && tier === 'storage' && claimSnapshot(object, related).state === 'ready')
    return { kind: 'debt' };
  return { kind: 'waits' };
}

/** Suspended as the plan wants it for now. A workload has to be at zero replicas: a paused rollout is something else. */
function isQuiesced(judged: JudgedObject, object: KubeObject, quiesce: GateFacts['quiesce']): boolean {
  if (judged.verdict !== 'Suspended') return false;
  if (quiesceIndexOf(quiesce, { ...judged, labels: object.metadata.labels ?? {} }) === undefined) return false;
  const isScaled = judged.kind === 'Deployment' || judged.kind === 'StatefulSet';
  return !isScaled || valueAt(object, 'spec', 'replicas') === 0;
}

/**
 * Budgets count pods, autoscalers read metrics, a Service waits for the pods that it selects: all may come before the
 * applications that they are about.
 */
function isDueLate({ apiVersion, kind, reason }: JudgedObject): boolean {
  const group = groupOf(apiVersion);
  return (
    (group === '' && kind === 'Service' && reason === 'NoReadyEndpoints') ||
    (group === 'policy' && kind === 'PodDisruptionBudget') ||
    (group === 'autoscaling' && kind === 'HorizontalPodAutoscaler')
  );
}

function accepts(line: Acceptance, judged: JudgedObject): boolean {
  return (
    line.kind === judged.kind &&
    line.verdict === judged.verdict &&
    (line.name ?? judged.name) === judged.name &&
    (line.namespace ?? judged.namespace) === judged.namespace
  );
}

function exceptionText(judged: JudgedObject, by: Acceptance): string {
  return `${refText(judged)} is ${judged.verdict} (${judged.reason}), accepted by the plan: ${by.reason}`;
}

const telling: readonly VerdictName[] = ['Degraded', 'Suspended', 'Missing', 'Unknown', 'Progressing'];

/** Most telling first. Of ten thousand objects, many times a second: what is compared is worked out once for each. */
function inOrder(waiting: readonly JudgedObject[]): readonly JudgedObject[] {
  const ranked = waiting.map((judged) => ({ judged, rank: tellingRank(judged), text: refText(judged) }));
  const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
  return ranked.toSorted((a, b) => a.rank - b.rank || byText(a.text, b.text)).map(({ judged }) => judged);
}

function tellingRank(judged: JudgedObject): number {
  return isTerminal(judged) || isRefused(judged) ? -1 : telling.indexOf(judged.verdict);
}

/** `Deployment shop-web/web: 1 of 2 replicas available (pod web-x: …) and 3 more`. */
function waitingText(told: readonly JudgedObject[], count: number): string {
  const [first] = told;
  if (first === undefined) return '';
  const what = oneLine(first.message === '' ? `${first.verdict}, ${first.reason}` : first.message, 600);
  return `${refText(first)}: ${what}${count > 1 ? ` and ${count - 1} more` : ''}`;
}
