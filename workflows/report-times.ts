import { type Completeness, noCompleteness, type Report, type StoreReport, type Times } from '../src/model/report.ts';
import type { TierName } from '../src/model/tiers.ts';
import { merged, secondsBetween, splitTime, type Stretch } from '../src/model/times.ts';
import type { RunRecord } from './record.ts';

/** Spans that a report lists. */
const listed = 100;

/** Everything that is known of where the time went; a worker's death counts from its last sign of life until work went on. */
export function stretchesOf(record: RunRecord): Stretch[] {
  const crashed = record.crashes.map(({ lastSeen, resumedAt }): Stretch => ({
    on: 'crash',
    from: lastSeen,
    to: resumedAt,
  }));
  return [...record.stretches, ...crashed];
}

/** What a tier's time was spent on; of one that never became healthy, until the run ended. */
export function tierTimes(record: RunRecord, tier: TierName, endedAt: string): { readonly times?: Times } {
  const { startedAt, healthyAt } = record.tiers[tier];
  return startedAt ? { times: splitTime(startedAt, healthyAt ?? endedAt, stretchesOf(record)) } : {};
}

/** The age of each store's data, as far as the Backup says it. */
export function storesOf(record: RunRecord): StoreReport[] {
  return (record.completeness?.stores ?? []).map((store) => ({
    ...store,
    rpoSeconds: secondsBetween(store.dataAt, record.disasterAt),
  }));
}

/** The worst store's; where no store's own time is known, the Backup's start is older than all of them. */
export function worstRpo(record: RunRecord, stores: readonly StoreReport[]): number | null {
  if (stores.length > 0) return Math.max(...stores.map(({ rpoSeconds }) => rpoSeconds));
  return record.backup ? secondsBetween(record.backup.startTimestamp, record.disasterAt) : null;
}

/** As the report has it: its stores stand beside it. */
export function completenessOf(record: RunRecord): Completeness {
  const { stores: _stores, ...completeness } = record.completeness ?? noCompleteness;
  return completeness;
}

/** When phase one held, when phase two was let in, and when people were waited for. */
export function milestones(record: RunRecord): Pick<Report, 'phaseOneGateAt' | 'phaseTwoAt' | 'deciding'> {
  const { phaseOneGateAt, approvedAt } = record;
  const deciding = merged(record.stretches.filter(({ on }) => on === 'decision'));
  return {
    ...(phaseOneGateAt ? { phaseOneGateAt } : {}),
    ...(approvedAt ? { phaseTwoAt: approvedAt } : {}),
    ...(deciding.length > 0 ? { deciding: deciding.slice(0, listed) } : {}),
  };
}
