import { isRecord, numberAt, valueAt } from '../kube/read.ts';
import type { KubeObject } from '../kube/types.ts';

export { numberAt, valueAt } from '../kube/read.ts';

/** A JSON object of unknown shape. */
export type Fields = { readonly [field: string]: unknown };

const nothing: Fields = {};

/** The text at a path; undefined when there is none, it is empty, or it is something else. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** The JSON object at a path; an empty one when there is none. */
export function fieldsAt(value: unknown, ...path: readonly string[]): Fields {
  const found = valueAt(value, ...path);
  return isRecord(found) ? found : nothing;
}

/** The entries of the list at a path that are JSON objects. */
export function listAt(value: unknown, ...path: readonly string[]): readonly Fields[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found.filter(isRecord) : [];
}

/** The entries of the list at a path that are texts. */
export function textsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found.filter((entry): entry is string => typeof entry === 'string') : [];
}

/** Whether there is a status with anything in it. */
export function hasStatusContent(object: KubeObject): boolean {
  return Object.keys(fieldsAt(object, 'status')).length > 0;
}

/** One entry of `status.conditions`, as the Kubernetes API conventions define it. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly since?: Date;
}

/** All conditions of an object, in its order. One that was written for another generation says nothing: it reads as Unknown. */
export function conditionsOf(object: KubeObject): readonly Condition[] {
  return conditionsIn(fieldsAt(object, 'status'), object);
}

/**
 * The conditions that a part of a status carries (a listener, a parent of a route), against the generation of the whole
 * object. Longhorn's v1beta1 keeps them by type instead of in a list.
 */
export function conditionsIn(part: unknown, object: KubeObject): readonly Condition[] {
  const held = valueAt(part, 'conditions');
  const entries: readonly unknown[] = Array.isArray(held) ? held : Object.values(fieldsAt(part, 'conditions'));
  return entries.filter(isRecord).map((entry) => conditionFrom(entry, numberAt(object, 'metadata', 'generation')));
}

/** The condition of a type; undefined when there is none. */
export function conditionOf(object: KubeObject, type: string): Condition | undefined {
  return conditionsOf(object).find((condition) => condition.type === type);
}

function conditionFrom(entry: Fields, generation: number | undefined): Condition {
  const type = textAt(entry, 'type') ?? '';
  const seen = numberAt(entry, 'observedGeneration') ?? 0;
  // metav1.Condition.observedGeneration: "if .metadata.generation is currently 12 but the condition's is 9, the condition is out of date".
  // Not "less": a status that was restored from another cluster carries a higher number than the new object.
  if (seen > 0 && generation !== undefined && seen !== generation) {
    return {
      type,
      status: 'Unknown',
      reason: 'StaleCondition',
      message: `the condition is of generation ${seen}, the object is at ${generation}`,
    };
  }
  const since = dateAt(entry, 'lastTransitionTime');
  return {
    type,
    status: textAt(entry, 'status') ?? 'Unknown',
    reason: textAt(entry, 'reason') ?? '',
    message: textAt(entry, 'message') ?? '',
    ...(since === undefined ? {} : { since }),
  };
}

/** The time at a path; undefined when there is none or it is no time. */
export function dateAt(value: unknown, ...path: readonly string[]): Date | undefined {
  const text = textAt(value, ...path);
  if (text === undefined) return undefined;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Whole seconds from one time to another; 0 when the second is earlier (clocks differ). */
export function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, Math.round((to.getTime() - from.getTime()) / 1000));
}

/** One line of at most `limit` characters: messages of controllers can be pages long. */
export function oneLine(text: string, limit = 240): string {
  const line = text.replace(/\s+/gu, ' ').trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
}

/** `: text` when there is a text, else nothing: for the end of a message. */
export function after(text: string | undefined, limit = 240): string {
  return text === undefined || text === '' ? '' : `: ${oneLine(text, limit)}`;
}

/** Whether labels fit a `metav1.LabelSelector`. An empty or absent selector fits nothing here: no workload may claim every pod. */
export function selects(selector: unknown, labels: { readonly [key: string]: string } = {}): boolean {
  const wanted = Object.entries(fieldsAt(selector, 'matchLabels'));
  const expressions = listAt(selector, 'matchExpressions');
  if (wanted.length === 0 && expressions.length === 0) return false;
  return (
    wanted.every(([key, value]) => labels[key] === value) && expressions.every((expression) => fits(expression, labels))
  );
}

function fits(expression: Fields, labels: { readonly [key: string]: string }): boolean {
  const label = labels[textAt(expression, 'key') ?? ''];
  const values = textsAt(expression, 'values');
  switch (textAt(expression, 'operator')) {
    case 'In':
      return label !== undefined && values.includes(label);
    case 'NotIn':
      return label === undefined || !values.includes(label);
    case 'Exists':
      return label !== undefined;
    case 'DoesNotExist':
      return label === undefined;
    default:
      return false;
  }
}
