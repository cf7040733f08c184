import type { BackupItem } from '../model/backup.ts';
import { type Plan, stepsOf } from '../model/plan.ts';
import { mapAt } from '../velero/fields.ts';
import { mappedImage } from '../velero/modifiers.ts';
import type { Assigned } from './survey.ts';

type Mapping = { readonly [from: string]: string };

function stepMapping(plan: Plan, assigned: Assigned, field: string): Mapping {
  const [first] = assigned.places;
  for (const { step } of stepsOf(plan)) if (step.name === first?.step) return mapAt(step.spec, field);
  return {};
}

/** The StorageClass that a claim will ask for, after the mapping of the step that restores it. */
export function targetClass(plan: Plan, assigned: Assigned): string | undefined {
  const { storageClass } = assigned.item;
  if (storageClass === undefined) return undefined;
  return stepMapping(plan, assigned, 'storageClassMapping')[storageClass] ?? storageClass;
}

/** The images that come with an item, after the mapping of the step that restores it; those of operators' resources are not mapped. */
export function targetImages(plan: Plan, assigned: Assigned): readonly string[] {
  const { imagePlaces = [], facts } = assigned.item;
  const mapping = stepMapping(plan, assigned, 'imageMapping');
  const mapped = imagePlaces.map(({ value }) => mappedImage(mapping, value) ?? value);
  return [...new Set([...mapped, ...(facts?.images ?? [])])];
}

/** `Kind namespace/name` of an item, as the Backup has it. */
export function itemText({ kind, namespace, name }: BackupItem): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

/** Whether the pods of an item mount a claim, by its name or by a template of a StatefulSet. */
export function mounts(item: BackupItem, claim: string): boolean {
  if (item.facts?.claims?.includes(claim)) return true;
  const beginnings = (item.facts?.claimTemplates ?? []).map((template) => `${template}-${item.name}-`);
  return beginnings.some((beginning) => claim.startsWith(beginning) && /^\d+$/.test(claim.slice(beginning.length)));
}
