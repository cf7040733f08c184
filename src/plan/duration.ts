import { z } from 'zod';
import { show } from './words.ts';

/** How a duration is written: whole numbers with a unit, largest unit first. */
export const durationPattern = /^(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

const unitMs = [86_400_000, 3_600_000, 60_000, 1_000, 1] as const;

/** The longest that may be waited for anything: 30 days. */
const longestMs = 30 * unitMs[0];

/** `1h30m` → 5400000; undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const match = durationPattern.exec(text);
  if (match === null) return undefined;
  return unitMs.reduce((sum, ms, i) => sum + Number(match[i + 1] ?? 0) * ms, 0);
}

/** 5400000 → `1h30m`; 0 → `0s`. */
export function formatDuration(durationMs: number): string {
  const units = ['d', 'h', 'm', 's', 'ms'] as const;
  let rest = durationMs;
  let text = '';
  for (const [i, unit] of units.entries()) {
    const ms = unitMs[i] ?? 1;
    const count = Math.floor(rest / ms);
    rest -= count * ms;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0s' : text;
}

const howToWrite = 'a duration is whole numbers with a unit (d, h, m, s or ms), as 90s, 15m or 1h30m';

/** A duration between two bounds (milliseconds); read from text, handed on in milliseconds. */
export function durationBetween(leastMs: number, mostMs: number) {
  const bounds = `found %s; the duration must be ${formatDuration(leastMs)} to ${formatDuration(mostMs)}`;
  return z
    .string({ error: (issue) => (issue.input === undefined ? undefined : `found ${show(issue.input)}; ${howToWrite}`) })
    .regex(durationPattern, { error: (issue) => `found ${show(issue.input)}; ${howToWrite}`, abort: true })
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
