/** A survey for tests of the families: a healthy cluster with nothing in the way, and what a test changes of it. */
import type { BackupItem, PinnedBackup } from '../../src/model/backup.ts';
import type { Fate } from '../../src/model/preview.ts';
import { tierNames, type TierName } from '../../src/model/tiers.ts';
import type { Assigned, LiveFacts, Place, Survey } from '../../src/preflight/survey.ts';
import { planOf, type StepOf } from './driver-context.ts';

export const now = new Date('2026-11-21T10:00:00Z');

export const pinned: PinnedBackup = {
  namespace: 'velero',
  name: 'nightly',
  storageLocation: 'default',
  startTimestamp: '2026-11-21T04:00:00Z',
  phase: 'Completed',
};

/** What a test may change of the cluster. */
export type LiveOf = Partial<Omit<LiveFacts, 'velero'>> & { readonly velero?: Partial<LiveFacts['velero']> };

/** A cluster in which nothing is wrong. */
export function liveOf({ velero, ...more }: LiveOf = {}): LiveFacts {
  return {
    namespaces: [],
    siteObjects: [],
    kinds: [],
    storageClasses: [{ name: 'fast', isDefault: true, waitsForConsumer: true }],
    snapshotDrivers: ['csi.test'],
    priorityClasses: ['system-node-critical'],
    webhooks: [],
    answering: [],
    nodes: [],
    pods: [],
    capacities: [],
    denied: [],
    unread: [],
    ...more,
    velero: {
      namespace: 'velero',
      args: ['server'],
      location: { name: 'default', readOnly: true },
      movesData: false,
      fileCopies: [],
      schedules: [],
      ...velero,
    },
  };
}

/** Where a step stands. */
export function placeOf(step: string, tier: TierName): Place {
  return { step, tier, order: tierNames.indexOf(tier) };
}

/** An item that a step restores; of no step where none is given. */
export function taken(item: BackupItem, ...places: readonly Place[]): Assigned {
  return { item, at: item, fate: places.length > 0 ? 'restored' : 'leftOver', places };
}

/** An item with another fate. */
export function fated(item: BackupItem, fate: Fate, ...places: readonly Place[]): Assigned {
  return { item, at: item, fate, places, why: 'because' };
}

/** A survey of these objects. */
export function surveyOf(
  objects: readonly Assigned[],
  live: LiveOf = {},
  more: Partial<Omit<Survey, 'objects' | 'live'>> = {},
  steps: readonly StepOf[] = [],
): Survey {
  return {
    plan: planOf(['shop'], steps),
    context: 'dr-east',
    now,
    disasterAt: now,
    backup: pinned,
    resumed: false,
    intoLiveSite: false,
    recovery: 'shop-12345678',
    byPerson: false,
    objects,
    brought: [],
    ...more,
    live: liveOf(live),
  };
}
