import type { KubeObject } from '../kube/types.ts';
import { degraded, healthy, progressing, suspended, type Verdict, type VerdictName } from '../model/verdict.ts';
import { after, conditionsOf, type Condition } from './read.ts';

/** The words of a status by what they mean. */
export interface Words {
  readonly healthy: readonly string[];
  readonly progressing: readonly string[];
  readonly degraded: readonly string[];
  readonly suspended?: readonly string[];
}

/** What is told beside a word. */
export interface Telling {
  /** Who writes the status, as it begins the sentence when there is none: `Longhorn`. */
  readonly writer: string;
  /** What the word stands in; `phase` unless told. */
  readonly field?: string;
  /** What went wrong, or how far it is. */
  readonly why?: string | undefined;
}

/** The verdict by one word of a status. A word that is in no list is Progressing and shown: a newer version's word is neither good nor bad. Pure. */
export function byWord(word: string | undefined, words: Words, { writer, field = 'phase', why }: Telling): Verdict {
  if (word === undefined || word === '') return progressing('NoStatus', `${writer} has not reported on it yet`);
  const message = `${field} is ${word}${after(why)}`;
  if (words.healthy.includes(word)) return healthy(inCamelCase(word), message);
  if (words.degraded.includes(word)) return degraded(inCamelCase(word), message);
  if (words.suspended?.includes(word) === true) return suspended(inCamelCase(word), message);
  if (words.progressing.includes(word)) return progressing(inCamelCase(word), message);
  return progressing('UnknownPhase', `${field} is ${word}, a word that is not known here${after(why)}`);
}

/** `In-Progress` → `InProgress`, `detached` → `Detached`. */
function inCamelCase(word: string): string {
  return word.replaceAll(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9]?)/gu, (_all, letter: string) => letter.toUpperCase());
}

/** How a condition that means "ready" is read. */
export interface ReadyRule {
  readonly writer: string;
  /** The condition's type; `Ready` unless told. */
  readonly type?: string;
  /** Reasons of a False that only mean "not yet". Every other is Degraded, and may heal: controllers try again. */
  readonly waiting?: readonly string[];
}

/** The verdict by one condition: True Healthy, False Degraded with its reason, absent or Unknown Progressing. Pure. */
export function byReady(object: KubeObject, rule: ReadyRule): Verdict {
  return byCondition(
    conditionsOf(object).find(({ type }) => type === (rule.type ?? 'Ready')),
    rule,
  );
}

/** As `byReady`, for a condition that is already at hand. */
export function byCondition(
  condition: Condition | undefined,
  { writer, type = 'Ready', waiting = [] }: ReadyRule,
): Verdict {
  if (condition === undefined) return progressing('NoStatus', `${writer} has not reported ${type} yet`);
  const message = `${condition.type}=${condition.status}${after(condition.message || condition.reason)}`;
  if (condition.status === 'True') return healthy(condition.reason || condition.type, message);
  if (condition.status !== 'False' || waiting.includes(condition.reason))
    return progressing(condition.reason || `Not${type}`, message);
  return degraded(condition.reason || `Not${type}`, message);
}

/** The verdict that says most of several: what is wrong, then what is not known, then what is on its way. */
export function worstOf(verdicts: readonly [Verdict, ...Verdict[]]): Verdict {
  const order: readonly VerdictName[] = ['Degraded', 'Missing', 'Unknown', 'Suspended', 'Progressing', 'Healthy'];
  return verdicts.toSorted((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))[0] ?? verdicts[0];
}
