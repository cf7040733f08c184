import { createContext, Script } from 'node:vm';
import { z } from 'zod';

/** A regular expression may take this long over one text; a bad one would hold up every heartbeat of the worker. */
const matchLimitMs = 250;

/** A JavaScript regular expression, looked at when the plan is validated. */
export const Pattern = z
  .string()
  .min(1)
  .max(1000)
  .refine(isPattern, {
    error: (issue) => `found ${JSON.stringify(issue.input)}, which is not a regular expression of JavaScript`,
  });

function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'mu') instanceof RegExp;
  } catch {
    return false;
  }
}

const matching = new Script('new RegExp(pattern, "mu").test(text)');

/** Whether a text matches (`^` and `$` are lines' ends); undefined when the pattern took too long. */
export function matchesPattern(pattern: string, text: string): boolean | undefined {
  try {
    return matching.runInContext(createContext({ pattern, text }), { timeout: matchLimitMs }) === true;
  } catch {
    return undefined;
  }
}
