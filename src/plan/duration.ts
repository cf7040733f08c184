import { z } from 'zod';
import { durationPattern, formatDuration, howToWriteDuration, parseDuration } from '../model/duration.ts';
import { show } from './words.ts';

/** The longest that may be waited for anything: 30 days. */
const longestMs = 30 * 86_400_000;

/** A duration between two bounds (milliseconds); read from text, handed on in milliseconds. */
export function durationBetween(leastMs: number, mostMs: number) {
  const bounds = `found %s; the duration must be ${formatDuration(leastMs)} to ${formatDuration(mostMs)}`;
  return z
    .string({
      error: (issue) => (issue.input === undefined ? undefined : `found ${show(issue.input)}; ${howToWriteDuration}`),
    })
    .regex(durationPattern, { error: (issue) => `found ${show(issue.input)}; ${howToWriteDuration}`, abort: true })
    .refine((text) => isBetween(text, leastMs, mostMs), {
      error: (issue) => bounds.replace('%s', () => show(issue.input)),
    })
    .transform((text) => parseDuration(text) ?? 0);
}

function isBetween(text: string, leastMs: number, mostMs: number): boolean {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= leastMs && ms <= mostMs;
}

/** A time limit or an objective: 1 s to 30 days. */
export const Duration = durationBetween(1_000, longestMs);
