import { isRecord, textAt } from '../kube/read.ts';
import type { KubeObject } from '../kube/types.ts';
import type { OwnRule } from '../model/plan.ts';
import { unknown, type Verdict, type VerdictName } from '../model/verdict.ts';
import { assessObject } from './assess-object.ts';
import { judgeByOwnRules } from './own-rules.ts';
import { entriesOf, type HealthInput } from './read-objects.ts';
import { relatedAmong } from './related.ts';

/** One line of the answer; null where the object does not say. */
export interface HealthLine {
  readonly apiVersion: string | null;
  readonly kind: string | null;
  readonly namespace: string | null;
  readonly name: string | null;
  readonly verdict: VerdictName;
  readonly reason: string;
  readonly message: string;
}

/**
 * Judges objects without a cluster: one line for each entry of the inputs, whatever it is, in their order. The objects are
 * each other's neighbours: pods explain their Deployment, a StorageClass its claims, a CustomResourceDefinition whether its
 * kind has a status. Rules of a plan's own come before ours. Throws HealthInputError for input that cannot be read.
 */
export function judgeInputs(
  inputs: readonly HealthInput[],
  now: Date,
  verdicts: readonly OwnRule[] = [],
): readonly HealthLine[] {
  const entries = inputs.flatMap((input) => entriesOf(input));
  const objects = entries.map(objectFrom);
  const related = relatedAmong(objects.filter((object) => object !== undefined));
  const own = judgeByOwnRules(verdicts);
  return entries.map((entry, index) => {
    const object = objects[index];
    return lineOf(entry, object === undefined ? notAnObject(entry) : assessObject(object, related, now, own));
  });
}

/** Anything with an apiVersion and a kind can be judged, even without a name. */
function objectFrom(entry: unknown): KubeObject | undefined {
  const [apiVersion, kind] = [textAt(entry, 'apiVersion'), textAt(entry, 'kind')];
  if (!isRecord(entry) || !apiVersion || !kind) return undefined;
  const metadata = isRecord(entry['metadata']) ? entry['metadata'] : {};
  return { ...entry, apiVersion, kind, metadata: { ...metadata, name: textAt(metadata, 'name') ?? '' } };
}

function lineOf(entry: unknown, verdict: Verdict): HealthLine {
  return {
    apiVersion: textAt(entry, 'apiVersion') || null,
    kind: textAt(entry, 'kind') || null,
    namespace: textAt(entry, 'metadata', 'namespace') || null,
    name: textAt(entry, 'metadata', 'name') || null,
    ...verdict,
  };
}

function notAnObject(entry: unknown): Verdict {
  if (!isRecord(entry)) return unknown('NotAnObject', `is ${wordFor(entry)}, expected a Kubernetes object`);
  const lacking = ['apiVersion', 'kind'].filter((field) => !textAt(entry, field));
  return unknown('NotAnObject', `has no ${lacking.join(' and no ')}: expected a Kubernetes object`);
}

function wordFor(entry: unknown): string {
  if (entry === null || entry === undefined) return 'nothing';
  return Array.isArray(entry) ? 'a list' : `a ${typeof entry}`;
}
