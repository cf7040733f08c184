import type { KubeObject } from '../kube/types.ts';
import type { OwnRule } from '../model/plan.ts';
import { degraded, groupOf, healthy, progressing, unknown, type Verdict } from '../model/verdict.ts';
import {
  bounded,
  expressionInput,
  expressionLimitMs,
  isMissingField,
  parseExpression,
  problemText,
  tookTooLong,
  type ExpressionInput,
} from './expression.ts';
import { forHistory } from '../model/redact.ts';
import { after, hasStatusContent, oneLine, textAt } from './read.ts';

/** The order of judging, after Flux (kustomize-controller `healthCheckExprs`: inProgress, failed, current, else in progress). */
const order = ['progressing', 'degraded', 'healthy'] as const;

type Word = (typeof order)[number];

/** One expression of a rule, ready to run. */
interface Question {
  readonly word: Word;
  readonly text: string;
  readonly run: (input: ExpressionInput) => unknown;
}

/** A rule, ready to judge; `broken` once an object has shown that it cannot: it is not asked again in this look. */
interface Compiled {
  readonly questions: readonly Question[];
  broken: Verdict | undefined;
}

/** Judges by a plan's own rules. */
export interface OwnJudge {
  /** Whether the plan has a rule for the object's kind. */
  knows(object: Pick<KubeObject, 'apiVersion' | 'kind'>): boolean;
  /** The verdict by that rule. What it cannot answer is Unknown. Throws for a kind that it does not know. */
  judge(object: KubeObject): Verdict;
}

/** The judge of a plan's own rules, for one look. Expressions were validated with the plan; one that is not valid all the same is Unknown. */
export function judgeByOwnRules(rules: readonly OwnRule[]): OwnJudge {
  const compiled = new Map(rules.map((rule) => [`${rule.group}/${rule.kind}`, compile(rule)]));
  const ruleOf = ({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): Compiled | undefined =>
    compiled.get(`${groupOf(apiVersion)}/${kind}`);
  return {
    knows: (object) => ruleOf(object) !== undefined,
    judge(object) {
      const rule = ruleOf(object);
      if (rule === undefined) throw new Error(`the plan has no rule for ${object.kind}`);
      return rule.broken ?? judge(rule, object);
    },
  };
}

function compile(rule: OwnRule): Compiled {
  const questions: Question[] = [];
  for (const word of order) {
    const text = rule[word];
    if (text === undefined) continue;
    const parsed = parseExpression(text);
    if ('fault' in parsed) return { questions: [], broken: broken(word, parsed.fault) };
    questions.push({ word, text, run: parsed.run });
  }
  return { questions, broken: undefined };
}

function judge(rule: Compiled, object: KubeObject): Verdict {
  try {
    const input = expressionInput(object);
    return bounded(() => answer(rule.questions, object, input));
  } catch (error) {
    if (!tookTooLong(error)) throw error;
    rule.broken = unknown(
      'RuleError',
      `the plan's expressions took longer than ${expressionLimitMs} ms on one ${object.kind}; walk fewer lists within lists, or use a simpler pattern`,
    );
    return rule.broken;
  }
}

/** The first expression that is true. One that cannot be answered ends it: what comes after would be a guess. */
function answer(questions: readonly Question[], object: KubeObject, input: ExpressionInput): Verdict {
  for (const question of questions) {
    const found = ask(question, object, input);
    if (found !== undefined) return found;
  }
  const wanted = questions.find(({ word }) => word === 'healthy')?.text ?? '';
  return progressing(
    'PlanRule',
    `none of the plan's expressions is true yet, healthy is ${oneLine(wanted, 120)}${phaseText(object)}`,
  );
}

function ask({ word, text, run }: Question, object: KubeObject, input: ExpressionInput): Verdict | undefined {
  let value: unknown;
  try {
    value = run(input);
  } catch (error) {
    // Before its controller has written anything, every field of the status is missing: that is no mistake of the rule.
    if (isMissingField(error) && !hasStatusContent(object))
      return progressing('NoStatus', `its controller has not reported on it yet (${problemText(error, text)})`);
    const hint = isMissingField(error) ? '; for a field that may be absent write has(…) before it' : '';
    return broken(word, `${problemText(error, text)}${hint}`);
  }
  if (value === false) return undefined;
  if (value !== true) return broken(word, `its result is ${kindOf(value)}, an expression must be true or false`);
  const because = `the plan's rule says ${word}: ${oneLine(text, 120)}${phaseText(object)}`;
  return { progressing, degraded, healthy }[word]('PlanRule', because);
}

function broken(word: Word, sentence: string): Verdict {
  return unknown('RuleError', forHistory(`the plan's expression ${word} cannot be answered: ${sentence}`, 400));
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'bigint' || typeof value === 'number') return 'a number';
  if (typeof value === 'string') return 'text';
  return Array.isArray(value) ? 'a list' : 'a mapping';
}

/** What nearly every operator writes, whatever the rule asks for. */
function phaseText(object: KubeObject): string {
  const phase = textAt(object, 'status', 'phase') ?? textAt(object, 'status', 'state');
  return phase === undefined
    ? ''
    : `; phase is ${oneLine(phase, 60)}${after(textAt(object, 'status', 'message'), 120)}`;
}
