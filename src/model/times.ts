import type { Span, Times } from './report.ts';

/** What some stretch of a run was spent on. */
export type SpentOn = 'crash' | 'engine' | 'decision' | 'settle';

/** A stretch of time; ISO 8601. */
export interface Stretch {
  readonly on: SpentOn;
  readonly from: string;
  readonly to: string;
}

/**
 * Where several stretches cover a moment, the first of these owns it: with a worker dead nobody could have gone on; an
 * engine at work is on the critical path whatever else was waited for; people decide while nothing else runs.
 */
const precedence: readonly SpentOn[] = ['crash', 'engine', 'decision', 'settle'];

/** Seconds with milliseconds. */
export function toSeconds(ms: number): number {
  return Math.round(ms) / 1000;
}

/** Seconds between two ISO times, never negative. */
export function secondsBetween(from: string, to: string): number {
  return toSeconds(Math.max(0, Date.parse(to) - Date.parse(from)));
}

/**
 * Splits start → end into what it was spent on. Every moment counts once, so the parts add up to the whole; what no
 * stretch covers is overhead: ours.
 */
export function splitTime(from: string, to: string, stretches: readonly Stretch[]): Times {
  const begin = Date.parse(from);
  const end = Math.max(begin, Date.parse(to));
  const clipped = stretches.map((stretch) => ({
    on: stretch.on,
    from: Math.min(end, Math.max(begin, Date.parse(stretch.from))),
    to: Math.min(end, Math.max(begin, Date.parse(stretch.to))),
  }));
  const borders = [...new Set([begin, end, ...clipped.flatMap((stretch) => [stretch.from, stretch.to])])].sort(
    (a, b) => a - b,
  );
  const spent = { crash: 0, engine: 0, decision: 0, settle: 0, overhead: 0 };
  for (const [index, start] of borders.entries()) {
    const stop = borders[index + 1];
    if (stop === undefined) break;
    const covering = clipped.filter(
      (stretch) => stretch.from <= start && stretch.to >= stop && stretch.to > stretch.from,
    );
    const owner = precedence.find((kind) => covering.some((stretch) => stretch.on === kind));
    spent[owner ?? 'overhead'] += stop - start;
  }
  return {
    criticalPath: toSeconds(spent.engine),
    settle: toSeconds(spent.settle),
    decision: toSeconds(spent.decision),
    crash: toSeconds(spent.crash),
    overhead: toSeconds(spent.overhead),
  };
}

/** Spans in order, those that overlap or touch as one. */
export function merged(spans: readonly Span[]): Span[] {
  const out: Span[] = [];
  for (const { from, to } of spans.toSorted((a, b) => a.from.localeCompare(b.from))) {
    const last = out.at(-1);
    if (!last || from > last.to) out.push({ from, to });
    else if (to > last.to) out[out.length - 1] = { from: last.from, to };
  }
  return out;
}
