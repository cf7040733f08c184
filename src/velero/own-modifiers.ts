import type { JsonObject } from '../model/json.ts';
import type { OwnRules, OwnRulesInput } from './own-rules.ts';
import { quiesceRules } from './quiesce-rules.ts';

const contributors: readonly OwnRules[] = [quiesceRules];

/** The rules that Rekindle itself adds to a Restore, beside those that carry the step's mappings out; they come last. */
export function ownRules(input: OwnRulesInput): readonly JsonObject[] {
  return contributors.flatMap((contribute) => contribute(input));
}
