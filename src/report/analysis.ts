/** What a report says when one reads it closely: shares, the critical path, ages of data, how it was before. Pure. */
import type { EarlierRun, Report, StepReport, StoreReport, TierReport } from '../model/report.ts';
import type { TierName } from '../model/tiers.ts';
import { capital, percent, secondsBetween, secondsText } from './text.ts';

/** A part of the time from loss to verified. */
export interface TimePart {
  readonly key: 'before' | 'criticalPath' | 'settle' | 'decision' | 'crash' | 'overhead';
  readonly name: string;
  readonly seconds: number;
  readonly share: number;
}

/** Where the time went, in parts that add up; `before` only where the loss was earlier than the start. */
export function timeParts(report: Report): readonly TimePart[] {
  const { times } = report;
  const before = secondsBetween(report.disasterAt, report.startedAt);
  const parts: readonly Omit<TimePart, 'share'>[] = [
    ...(before > 0 ? [{ key: 'before', name: 'before the run was started', seconds: before } as const] : []),
    { key: 'criticalPath', name: 'engines and health, along the longest chain', seconds: times.criticalPath },
    { key: 'settle', name: 'gates held for `stableFor`', seconds: times.settle },
    { key: 'decision', name: 'people deciding', seconds: times.decision },
    { key: 'crash', name: 'worker crashes', seconds: times.crash },
    { key: 'overhead', name: 'overhead: everything else, ours', seconds: times.overhead },
  ];
  const total = totalOf(parts);
  return parts.map((part) => ({ ...part, share: total > 0 ? part.seconds / total : 0 }));
}

/** Seconds of all parts together. */
export function totalOf(parts: readonly { readonly seconds: number }[]): number {
  return parts.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** How much of the critical path is a tier's; of a report that does not say, its whole time. */
export function tierCriticalSeconds(tier: TierReport): number {
  if (tier.times) return tier.times.criticalPath;
  return tier.startedAt !== null && tier.healthyAt !== null ? secondsBetween(tier.startedAt, tier.healthyAt) : 0;
}

/** `Databases are 71 % of the critical path (2 min 03 s of 2 min 54 s)`; undefined where nothing was waited for. */
export function dominantTier(report: Report): string | undefined {
  const whole = report.times.criticalPath;
  const [first] = report.tiers
    .map((tier) => ({ name: tier.name, seconds: tierCriticalSeconds(tier) }))
    .toSorted((a, b) => b.seconds - a.seconds);
  if (!first || first.seconds <= 0 || whole <= 0) return undefined;
  const isOne = first.name === 'storage' || first.name === 'ingress';
  const seconds = Math.min(first.seconds, whole);
  return `${capital(first.name)} ${isOne ? 'is' : 'are'} ${percent(seconds / whole, 0)} of the critical path (${secondsText(seconds)} of ${secondsText(whole)})`;
}

/** Clocks of worker and server are not one: a step that began so shortly after another's end began because of it. Seconds. */
const followsWithin = 2;

/**
 * Which steps a tier's end had to wait for: the one that was healthy last, then whichever ended just before that one could
 * begin, and so on. Names as `tier/step`.
 */
export function criticalSteps(report: Report): ReadonlySet<string> {
  const found = new Set<string>();
  for (const tier of report.tiers) {
    // A tier that never became healthy waited for what was not done.
    for (const step of tier.healthyAt === null ? tier.steps.filter(isOpen) : []) found.add(keyOf(tier.name, step));
    const timed = tier.healthyAt === null ? [] : tier.steps.filter(isTimed);
    let step = latest(timed);
    while (step && !found.has(keyOf(tier.name, step))) {
      found.add(keyOf(tier.name, step));
      const begun = step.startedAt;
      const waitedFrom = tier.startedAt === null ? 0 : secondsBetween(tier.startedAt, begun);
      if (waitedFrom <= 0) break;
      const before = latest(timed.filter((other) => other.healthyAt <= begun));
      step = before && secondsBetween(before.healthyAt, begun) <= followsWithin ? before : undefined;
    }
  }
  return found;
}

/** `databases/orders`. */
export function keyOf(tier: TierName, step: { readonly name: string }): string {
  return `${tier}/${step.name}`;
}

type Timed = StepReport & { readonly startedAt: string; readonly healthyAt: string };

function isOpen(step: StepReport): boolean {
  return step.startedAt !== undefined && step.healthyAt === undefined;
}

function isTimed(step: StepReport): step is Timed {
  return step.startedAt !== undefined && step.healthyAt !== undefined;
}

function latest(steps: readonly Timed[]): Timed | undefined {
  return steps.toSorted((a, b) => b.healthyAt.localeCompare(a.healthyAt)).at(0);
}

/** Between the oldest and the newest of the stores' points in time, seconds: what one store knows and another does not. */
export function skewSeconds(stores: readonly StoreReport[]): number | undefined {
  const times = stores.map(({ dataAt }) => dataAt).toSorted();
  const [oldest, newest] = [times.at(0), times.at(-1)];
  return oldest === undefined || newest === undefined || stores.length < 2 ? undefined : secondsBetween(oldest, newest);
}

/** One sentence on the skew; undefined where there is nothing to compare. */
export function skewText(stores: readonly StoreReport[]): string | undefined {
  const skew = skewSeconds(stores);
  if (skew === undefined) return undefined;
  const unknown = stores.filter(({ dataAtIs }) => dataAtIs === "the Backup's start").length;
  if (unknown === stores.length)
    return 'Only the Backup’s start is known of every store, so the skew between them cannot be said.';
  const rest = unknown === 0 ? '' : `, counting ${unknown} of which only the Backup’s start is known`;
  return `Between the oldest and the newest store lie ${secondsText(skew)}${rest}.`;
}

/** One line of the comparison with earlier runs. */
export interface Compared {
  readonly what: string;
  readonly now: number | null;
  /** Of the earlier runs that have it, newest first as they stand in `earlier`; null where one has not. */
  readonly before: readonly (number | null)[];
  /** `12 % faster`, `as fast`, or nothing where it cannot be said. */
  readonly verdict: string;
}

/** RTO and each tier against the earlier runs. */
export function compared(report: Report): readonly Compared[] {
  const earlier = report.earlier ?? [];
  if (earlier.length === 0) return [];
  const now = asEarlier(report);
  const tiers = report.tiers
    .map(({ name }) => name)
    .filter((name) => [now, ...earlier].some((run) => run.tiers[name] !== undefined));
  return [
    comparedLine(
      'RTO',
      now.rtoSeconds,
      earlier.map(({ rtoSeconds }) => rtoSeconds),
    ),
    ...tiers.map((name) =>
      comparedLine(
        name,
        now.tiers[name] ?? null,
        earlier.map((run) => run.tiers[name] ?? null),
      ),
    ),
  ];
}

function comparedLine(what: string, now: number | null, before: readonly (number | null)[]): Compared {
  const known = before.filter((value) => value !== null);
  return { what, now, before, verdict: now === null || known.length === 0 ? '' : fasterText(now, median(known)) };
}

/** Less than this share, or so few seconds, of difference is none. */
const sameWithin = 0.05;
const sameWithinSeconds = 1;

function fasterText(now: number, usual: number): string {
  if (usual <= 0) return '';
  const change = (now - usual) / usual;
  if (Math.abs(change) < sameWithin || Math.abs(now - usual) < sameWithinSeconds) return 'as usual';
  return `${percent(Math.abs(change), 0)} ${change < 0 ? 'faster' : 'slower'}`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted.at(Math.ceil(sorted.length / 2) - 1), sorted.at(middle)];
  return (low + high) / 2;
}

/** What of a report a later one is compared with. */
export function asEarlier(report: Report): EarlierRun {
  const tiers: { [T in TierName]?: number } = {};
  for (const { name, startedAt, healthyAt } of report.tiers)
    if (startedAt !== null && healthyAt !== null) tiers[name] = secondsBetween(startedAt, healthyAt);
  const { recovery, outcome, rtoSeconds, startedAt } = report;
  return { recovery, startedAt, outcome, rtoSeconds, tiers };
}
