import { tierNames, type TierName } from '../model/tiers.ts';
import type { PlanPath } from './language.ts';

/** A mapping of a plan as it was written, nothing validated. */
export type Raw = { readonly [key: string]: unknown };

/** A step as it was written. */
export interface RawStep {
  readonly tier: TierName;
  readonly path: PlanPath;
  readonly raw: Raw;
  readonly name: string | undefined;
}

/** A check as it was written. */
export interface RawCheck {
  readonly path: PlanPath;
  readonly raw: Raw;
  readonly name: string | undefined;
}

export function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Which of some keys, drivers or checks, an entry has; right is exactly one. */
export function chosenKeys(raw: Raw, choices: { readonly [name: string]: unknown }): string[] {
  return Object.keys(choices).filter((choice) => raw[choice] !== undefined);
}

/** What stands at a path, or undefined. */
export function rawAt(value: unknown, path: PlanPath): unknown {
  let found = value;
  for (const part of path) {
    if (Array.isArray(found) && typeof part === 'number') found = found[part];
    else if (isRaw(found) && Object.hasOwn(found, part)) found = found[part];
    else return undefined;
  }
  return found;
}

function* mappingsIn(
  value: unknown,
  path: PlanPath,
): Generator<{ readonly path: PlanPath; readonly raw: Raw; readonly name: string | undefined }> {
  const list = rawAt(value, path);
  if (!Array.isArray(list)) return;
  for (const [i, raw] of list.entries()) {
    if (isRaw(raw)) yield { path: [...path, i], raw, name: typeof raw['name'] === 'string' ? raw['name'] : undefined };
  }
}

/** Every step that is a mapping, in tier order. */
export function rawSteps(plan: unknown): RawStep[] {
  return tierNames.flatMap((tier) =>
    [...mappingsIn(plan, ['spec', 'tiers', tier])].map((entry) => ({ ...entry, tier })),
  );
}

/** The lists of checks: one for each step that has any, then `verify`. */
export function rawCheckLists(plan: unknown): RawCheck[][] {
  const ofSteps = rawSteps(plan).map((step) => [...mappingsIn(plan, [...step.path, 'checks'])]);
  return [...ofSteps, [...mappingsIn(plan, ['spec', 'verify'])]];
}
