import { type Plan, stepsOf } from '../model/plan.ts';
import { type Fate, fates, type PreviewObject, type PreviewStep } from '../model/preview.ts';
import { tierNames } from '../model/tiers.ts';
import type { LookedAhead } from './look-ahead.ts';
import type { Assigned } from './survey.ts';

/** Every object of the Backup, as a preview shows it: by tier and kind, then those of no step. */
export function objectsOf(objects: readonly Assigned[]): readonly PreviewObject[] {
  const orderOf = ({ places }: Assigned): number => places[0]?.order ?? tierNames.length;
  return objects
    .toSorted((a, b) => orderOf(a) - orderOf(b) || compare(a, b))
    .map(({ item, at, fate, places, why }) => ({
      apiVersion: item.apiVersion,
      kind: item.kind,
      ...(item.namespace ? { namespace: item.namespace } : {}),
      name: item.name,
      fate,
      steps: places.map(({ step }) => step),
      ...(why || at.namespace !== item.namespace ? { why: why ?? `into namespace ${at.namespace ?? ''}` } : {}),
    }));
}

function compare(a: Assigned, b: Assigned): number {
  const key = ({ item, places }: Assigned): string =>
    [places[0]?.step ?? '', item.kind, item.namespace ?? '', item.name].join(' ');
  return key(a) < key(b) ? -1 : 1;
}

/** How many objects have each fate. */
export function fatesOf(objects: readonly Assigned[]): { readonly [F in Fate]: number } {
  const counts = new Map<Fate, number>(fates.map((fate) => [fate, 0]));
  for (const { fate } of objects) counts.set(fate, (counts.get(fate) ?? 0) + 1);
  const of = (fate: Fate): number => counts.get(fate) ?? 0;
  return {
    restored: of('restored'),
    inTheWay: of('inTheWay'),
    there: of('there'),
    usual: of('usual'),
    platform: of('platform'),
    derived: of('derived'),
    excluded: of('excluded'),
    ignored: of('ignored'),
    leftOver: of('leftOver'),
  };
}

/** The steps in their order, with what each would bring. */
export function stepsSeen(
  plan: Plan,
  { objects, brought }: Pick<LookedAhead, 'objects' | 'brought'>,
): readonly PreviewStep[] {
  return Array.from(stepsOf(plan), ({ tier, step }) => {
    const taken = objects.filter(({ places, fate }) => places[0]?.step === step.name && fate === 'restored');
    const own = brought.find(({ place }) => place.step === step.name)?.objects ?? [];
    const kinds = new Map<string, number>();
    for (const kind of [...taken.map(({ item }) => item.kind), ...own.map((object) => object.kind)])
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    return {
      tier,
      name: step.name,
      driver: step.driver,
      kinds: Object.fromEntries([...kinds].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      objects: taken.length + own.length,
    };
  });
}
