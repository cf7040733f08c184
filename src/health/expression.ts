import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import { createContext, Script, type Context } from 'node:vm';
import type { KubeObject } from '../kube/types.ts';
import { fieldsAt, oneLine } from './read.ts';

/** The variables of an expression: the object whole, and for short the three parts that nearly every rule reads. */
export const expressionVariables = ['object', 'metadata', 'spec', 'status'] as const;

/** What an expression sees of an object. Integers are int as in Kubernetes' own CEL, so that `status.ready + 1 == 4` holds. */
export type ExpressionInput = { readonly [Variable in (typeof expressionVariables)[number]]: unknown };

/** A parsed expression, or the one sentence why it is none. */
export type Expression = { readonly run: (input: ExpressionInput) => unknown } | { readonly fault: string };

/** `.?` and `orValue` (optional types) are on: a status comes field by field. */
const environment = expressionVariables.reduce(
  (one, name) => one.registerVariable(name, 'map'),
  new Environment({ enableOptionalTypes: true, limits: { maxAstNodes: 1000, maxDepth: 50, maxListElements: 200 } }),
);

/** Parses an expression and looks for variables and functions that do not exist, before any object is seen. Pure. */
export function parseExpression(text: string): Expression {
  const found = `found ${shown(text)}`;
  let parsed: ParseResult;
  try {
    parsed = environment.parse(text);
  } catch (error) {
    return { fault: `${found}; it is no CEL expression: ${problemText(error, text)}` };
  }
  const { valid, type = 'dyn', error } = parsed.check();
  if (!valid) return { fault: `${found}; ${problemText(error, text)}; allowed are ${variablesText}` };
  // `dyn` is a field of the object: what it holds is known only with one at hand.
  if (type !== 'bool' && type !== 'dyn')
    return {
      fault: `${found}; it is of type ${type}, an expression must be true or false, as status.phase == "Ready"`,
    };
  return {
    run: (input): unknown => {
      const result: unknown = parsed({ ...input });
      return result;
    },
  };
}

/** Why a text is no expression, for `rekindle validate`; undefined when it is one. */
export function expressionFault(text: string): string | undefined {
  const parsed = parseExpression(text);
  return 'fault' in parsed ? parsed.fault : undefined;
}

const variablesText = 'object, metadata, spec and status, and the functions and macros of CEL';

/** An object as an expression sees it; parts that are absent are empty. */
export function expressionInput(object: KubeObject): ExpressionInput {
  return {
    object: celValue(object),
    metadata: celValue(object.metadata),
    spec: celValue(fieldsAt(object, 'spec')),
    status: celValue(fieldsAt(object, 'status')),
  };
}

function celValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValue);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, entry]) => [key, celValue(entry)]));
}

/** The library's own sentence, and where in the expression. One of a run may quote a value: it has to be redacted. */
export function problemText(error: unknown, text: string): string {
  if (!(error instanceof Error)) return 'the library gives no reason';
  // `message` goes on with a drawing of the expression over several lines.
  const summary = 'summary' in error && typeof error.summary === 'string' ? error.summary : error.message;
  const start = startOf(error);
  const where = start === undefined ? '' : ` at character ${start + 1}, ${placeText(text, start)}`;
  return `${oneLine(summary.replace(/Unexpected token: EOF/u, 'something is missing'), 160)}${where}`;
}

/** Whether an expression failed because a field that it reads is not there. */
export function isMissingField(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'no_such_key';
}

function startOf(error: Error): number | undefined {
  const range: unknown = 'range' in error ? error.range : undefined;
  const start: unknown = typeof range === 'object' && range !== null && 'start' in range ? range.start : undefined;
  return typeof start === 'number' ? start : undefined;
}

function placeText(text: string, start: number): string {
  return start >= text.trimEnd().length ? 'its end' : `before ${shown(text.slice(start), 24)}`;
}

function shown(text: string, limit = 60): string {
  return JSON.stringify(oneLine(text, limit));
}

/**
 * How long one object's expressions may take. They are plan's text over the cluster's lists: lists walked within lists and a
 * pattern that backtracks (`matches` is JavaScript's) would hold up the heartbeats of a whole worker.
 */
export const expressionLimitMs = 500;

let box: { readonly context: Context; readonly script: Script; readonly scope: { task: () => void } } | undefined;

/** Runs a task that nothing else can interrupt, being synchronous, and ends it after `expressionLimitMs`. Throws what the task throws. */
export function bounded<T>(task: () => T): T {
  box ??= boxOf();
  const { context, script, scope } = box;
  const results: T[] = [];
  scope.task = () => {
    results.push(task());
  };
  try {
    script.runInContext(context, { timeout: expressionLimitMs });
  } finally {
    scope.task = idle;
  }
  const [result] = results;
  if (results.length === 0) throw new Error('an expression came to no result');
  return result as T;
}

/** Whether `bounded` ended a task for its time. */
export function tookTooLong(error: unknown): boolean {
  // Not `instanceof`: the error is of the script's own realm.
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}

function idle(): void {
  // Nothing to run between two tasks.
}

/** The watchdog of node:vm interrupts what its script calls, host functions and regular expressions too. */
function boxOf(): NonNullable<typeof box> {
  const scope = { task: idle };
  return { scope, context: createContext(scope), script: new Script('task()') };
}
