import { drivers } from '../drivers/registry.ts';
import type { BackupItem } from '../model/backup.ts';
import { type Plan, stepsOf } from '../model/plan.ts';
import type { Fate } from '../model/preview.ts';
import { tierNames } from '../model/tiers.ts';
import { refKey } from '../model/verdict.ts';
import { type Accounted, account, ignores, type OwnRestore } from '../velero/accounting.ts';
import type { Live } from '../velero/live.ts';
import { landing, mappingOf } from '../velero/mapping.ts';
import { neverRestored } from '../velero/never.ts';
import type { Assigned, Place } from './survey.ts';

/** What assigning looks at. */
export interface AssignInput {
  readonly plan: Plan;
  readonly items: readonly BackupItem[];
  readonly live: Live;
  /** Of an earlier run of this recovery. */
  readonly restores: readonly OwnRestore[];
  readonly recovery: string;
  /** ISO 8601: what is older was there before us. */
  readonly firstWriteAt: string;
  readonly veleroNamespace: string;
}

/** The steps of a plan that take an item out of the Backup, in the order in which they run. */
export function placesOf(plan: Plan, item: BackupItem): readonly Place[] {
  const places: Place[] = [];
  for (const { tier, step } of stepsOf(plan))
    if (drivers[step.driver].takes?.(tier, step.spec, plan, item))
      places.push({ step: step.name, tier, order: tierNames.indexOf(tier) });
  return places;
}

/** Why a run does not account for an item that no step takes; undefined when it does. */
function asideOf(plan: Plan, item: BackupItem): Fated | undefined {
  if (plan.ignore.some((rule) => ignores(rule, item))) return { fate: 'ignored', why: 'listed under spec.ignore' };
  const never = neverRestored(item);
  return never ? { fate: 'excluded', why: never } : undefined;
}

/** What would become of every object of the Backup: the same accounting as at the end of a run, before its beginning. Pure. */
export function assign(input: AssignInput): readonly Assigned[] {
  const { plan, items, recovery, restores, live, veleroNamespace } = input;
  const mapping = mappingOf(plan);
  const places = new Map(items.map((item) => [item, placesOf(plan, item)] as const));
  const aside = new Map(items.map((item) => [item, asideOf(plan, item)] as const));
  const isTaken = (item: BackupItem): boolean => (places.get(item) ?? []).length > 0;
  const wanted = items.filter((item) => isTaken(item) || !aside.get(item));
  const accounts = account({
    wanted,
    items,
    recovery,
    restores,
    live,
    isRestored: isTaken,
    firstWriteAt: input.firstWriteAt,
    veleroNamespace,
    ignore: [],
    mapping,
  });
  const byItem = new Map(accounts.map((found) => [found.item, found] as const));
  const claims = new Map(items.map((item) => [refKey(item), places.get(item) ?? []] as const));
  return items.map((item) => {
    const own = places.get(item) ?? [];
    const found = byItem.get(item);
    const at = landing(mapping, item);
    if (found?.account === 'byClaim') return { item, at, ...withClaim(item, own, claims) };
    const fated = found && !isIgnored(found, aside) ? fateOf(found, own) : aside.get(item);
    return { item, at, places: own, ...(fated ?? leftOver) };
  });
}

/** What need not come back is in nobody's way. A step that takes it brings it all the same where it is not there. */
function isIgnored({ item, account: found }: Accounted, aside: ReadonlyMap<BackupItem, Fated | undefined>): boolean {
  return found === 'existing' && aside.get(item)?.fate === 'ignored';
}

type Fated = Pick<Assigned, 'fate' | 'why'>;

const leftOver: Fated = { fate: 'leftOver', why: 'no step of the plan restores it' };

function fateOf({ account: found, why }: Accounted, places: readonly Place[]): Fated {
  const taken = places.length > 0;
  switch (found) {
    case 'existing':
      return taken
        ? { fate: 'inTheWay', why: `there already: ${why ?? ''}` }
        : { fate: 'leftOver', why: `no step restores it; one of that name is there already, ${why ?? ''}` };
    case 'missing':
    case 'accepted':
    case 'byClaim':
    case 'ignored':
      return taken ? { fate: 'restored' } : leftOver;
    case 'created':
    case 'earlier':
      return { fate: 'there', why: 'this recovery restored it before' };
    default:
      return { fate: found, ...fateReasons[found] };
  }
}

const fateReasons: { readonly [F in Fate]?: { readonly why: string } } = {
  usual: { why: 'every namespace has one of its own' },
  platform: { why: 'it came with the cluster' },
  derived: { why: 'its owner makes it anew' },
};

/** A volume comes with its claim, under another name. */
function withClaim(
  item: BackupItem,
  own: readonly Place[],
  places: ReadonlyMap<string, readonly Place[]>,
): Omit<Assigned, 'item' | 'at'> {
  const claim = item.of ? places.get(refKey({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...item.of })) : [];
  const by = own.length > 0 ? own : (claim ?? []);
  return by.length > 0
    ? { places: by, fate: 'restored', why: 'made anew for its claim' }
    : { places: [], fate: 'leftOver', why: 'no step of the plan restores its claim' };
}
