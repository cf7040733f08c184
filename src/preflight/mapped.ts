import type { BackupItem } from '../model/backup.ts';
import { type Plan, stepsOf } from '../model/plan.ts';
import { mapAt } from '../velero/fields.ts';
import type { Assigned } from './survey.ts';

type Mapping = { readonly [from: string]: string };

function mappingOf(plan: Plan, assigned: Assigned, field: string): Mapping {
  const [first] = assigned.places;
  for (const { step } of stepsOf(plan)) if (step.name === first?.step) return mapAt(step.spec, field);
  return {};
}

/** The StorageClass that a claim will ask for, after the mapping of the step that restores it. */
export function targetClass(plan: Plan, assigned: Assigned): string | undefined {
  const { storageClass } = assigned.item;
  if (storageClass === undefined) return undefined;
  return mappingOf(plan, assigned, 'storageClassMapping')[storageClass] ?? storageClass;
}

/** The images that a workload will pull, after the mapping of the step that restores it: the longest beginning that fits. */
export function targetImages(plan: Plan, assigned: Assigned): readonly string[] {
  const images = assigned.item.facts?.images ?? [];
  const mapping = Object.entries(mappingOf(plan, assigned, 'imageMapping')).toSorted(([a], [b]) => b.length - a.length);
  return images.map((image) => {
    const [from, to] = mapping.find(([beginning]) => image.startsWith(beginning)) ?? [];
    return from === undefined || to === undefined ? image : to + image.slice(from.length);
  });
}

/** `Kind namespace/name` of an item, as the Backup has it. */
export function itemText({ kind, namespace, name }: BackupItem): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}
