import type { z } from 'zod';
import type { JsonObject } from '../model/json.ts';
import type { TierName } from '../model/tiers.ts';
import { show } from './words.ts';

/** What the plan language must know of a restore driver: a `RestoreDriver` has all of it. */
export interface DriverWords {
  /** Where a step of this driver may stand. */
  readonly tiers: readonly TierName[];
  /** Strict schema of what stands under the driver's key. */
  readonly spec: z.ZodType<JsonObject>;
  /** Why this spec makes no sense in this tier, one sentence; undefined when it does. */
  refuses?(tier: TierName, spec: JsonObject): string | undefined;
}

/** What the plan language must know of a check: a `HealthCheck` has all of it. */
export interface CheckWords {
  /** Strict schema of what stands under the check's key. */
  readonly spec: z.ZodType<JsonObject>;
  /** True when the spec says what data it expects: only then may the check say `asserts: data`. */
  expectsData?(spec: JsonObject): boolean;
}

/** The drivers and checks that a plan may name, and its expressions. Handed in, so that this folder needs no cluster code. */
export interface PlanLanguage {
  readonly drivers: { readonly [name: string]: DriverWords };
  readonly checks: { readonly [type: string]: CheckWords };
  /** Why a text is no expression of a plan's own verdict rules, one sentence; undefined when it is one. */
  expressionFault(text: string): string | undefined;
}

/** One thing that is wrong with a plan. */
export interface PlanIssue {
  readonly file: string;
  /** From 1; 0 when the issue has no place in the file (no such file, too large). */
  readonly line: number;
  readonly column: number;
  /** `spec.tiers.databases[0].timeout`; empty when it is about the whole file. */
  readonly path: string;
  /** What was found, and what is allowed; never a value that looks like a credential. */
  readonly message: string;
}

/** Where in a plan something stands: keys and list indexes from the top. */
export type PlanPath = readonly (string | number)[];

/** Names the line of a path, for "it stands first on line 12". */
export type LineOf = (path: PlanPath) => number;

/** An issue before its place in the file is looked up. */
export interface Fault {
  readonly path: PlanPath;
  readonly message: string;
  /** Point at the key rather than at its value: for unknown and superfluous keys. */
  readonly atKey?: boolean;
}

/** Writes a path as a person reads it: `spec.tiers.databases[0].timeout`. */
export function pathText(path: PlanPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\w-]+$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${show(part)}]`;
  }
  return text;
}

/** One line for each issue, as compilers write them, so that editors and terminals make it a link. */
export function issueText(issue: PlanIssue): string {
  const place = issue.line > 0 ? `${issue.file}:${issue.line}:${issue.column}` : issue.file;
  return issue.path === '' ? `${place}: ${issue.message}` : `${place}: ${issue.path}: ${issue.message}`;
}
