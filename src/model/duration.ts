/** How a duration is written: whole numbers with a unit, largest unit first. */
export const durationPattern = /^(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

const unitMs = [86_400_000, 3_600_000, 60_000, 1_000, 1] as const;

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

/** How to write one, for a refusal. */
export const howToWriteDuration = 'a duration is whole numbers with a unit (d, h, m, s or ms), as 90s, 15m or 1h30m';
