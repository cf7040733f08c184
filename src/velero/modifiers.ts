import { DriverError } from '../drivers/driver.ts';
import type { BackupItem, FieldText } from '../model/backup.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { ModifierRule } from './spec-modifiers.ts';
import type { VeleroSpec } from './spec.ts';

/** A ConfigMap takes no more than this, bytes: 1 MiB with its metadata. */
const dataLimit = 1_000_000;

/** What a spec wants changed on the way; the mappings by value, the rules as the plan has them. */
type Changes = Pick<VeleroSpec, 'storageClassMapping' | 'imageMapping' | 'resourceModifiers' | 'hooks'>;

/**
 * The rules of Velero's resource modifiers that carry a step's mappings out, then the plan's own. Modifiers and not the
 * plug-ins change-storage-class and change-image-name: a plug-in's ConfigMap counts for every Restore of the server,
 * and with two of them every Restore fails. Velero tries each rule against the object as it was. Pure.
 */
export function modifierRules(spec: Changes, wanted: readonly BackupItem[]): readonly JsonObject[] {
  return [
    ...classRules(spec.storageClassMapping ?? {}, wanted),
    ...imageRules(spec, wanted),
    ...(spec.resourceModifiers ?? []).map(ruleOf),
  ];
}

/** The text for the ConfigMap: JSON is YAML. Throws where there are more rules than one can hold. */
export function modifiersText(rules: readonly JsonObject[]): string {
  const text = JSON.stringify({ version: 'v1', resourceModifierRules: rules });
  if (text.length > dataLimit)
    throw new DriverError(
      'EngineRefused',
      `the step's mappings become ${rules.length} rules of Velero's resource modifiers, more than a ConfigMap holds; split the step`,
    );
  return text;
}

/** Claims and volumes name one class; a StatefulSet one in each claim template. */
function classRules(mapping: { readonly [from: string]: string }, wanted: readonly BackupItem[]): JsonObject[] {
  const rules = Object.entries(mapping).flatMap(([from, to]) =>
    ['persistentvolumeclaims', 'persistentvolumes'].map((resource) =>
      replaceRule(resource, { path: '/spec/storageClassName', value: from }, to),
    ),
  );
  for (const [resource, place] of placesOf(wanted, (item) => item.classPlaces)) {
    const to = mapping[place.value];
    if (to !== undefined) rules.push(replaceRule(resource, place, to));
  }
  return rules;
}

function imageRules(spec: Changes, wanted: readonly BackupItem[]): JsonObject[] {
  const mapping = spec.imageMapping ?? {};
  const rules: JsonObject[] = [];
  for (const [resource, place] of placesOf(wanted, (item) => item.imagePlaces)) {
    const to = mappedImage(mapping, place.value);
    if (to === undefined) continue;
    for (const path of shifted(resource, place.path, spec)) rules.push(replaceRule(resource, { ...place, path }, to));
  }
  return rules;
}

/** The image in its new place; undefined where no beginning fits. The longest that fits counts. */
export function mappedImage(mapping: { readonly [from: string]: string }, image: string): string | undefined {
  const from = Object.keys(mapping)
    .filter((beginning) => image.startsWith(beginning))
    .reduce((longest, beginning) => (beginning.length > longest.length ? beginning : longest), '');
  return from === '' ? undefined : `${mapping[from] ?? ''}${image.slice(from.length)}`;
}

/**
 * Velero puts its own init containers before those of a restored Pod (the wait for its volumes, the hooks), and drops
 * the one that an earlier restore has left: the places are counted before that, and a rule looks at them after.
 */
function shifted(resource: string, path: string, spec: Changes): readonly string[] {
  const found = resource === 'pods' ? /^(\/spec\/initContainers\/)(\d+)(\/image)$/.exec(path) : null;
  if (!found) return [path];
  const hooks = (spec.hooks ?? []).flatMap((hook) => hook.postHooks.flatMap(({ init }) => init?.initContainers ?? []));
  const first = Math.max(0, Number(found[2]) - 1);
  return Array.from({ length: hooks.length + 3 }, (_, index) => `${found[1] ?? ''}${first + index}${found[3] ?? ''}`);
}

/** Each place of each kind once: a thousand Deployments with one image are one rule. */
function placesOf(
  wanted: readonly BackupItem[],
  places: (item: BackupItem) => readonly FieldText[] | undefined,
): readonly (readonly [resource: string, place: FieldText])[] {
  const seen = new Map<string, readonly [string, FieldText]>();
  for (const item of wanted)
    for (const place of places(item) ?? [])
      seen.set(`${item.resource} ${place.path} ${place.value}`, [item.resource, place]);
  return [...seen].toSorted(([a], [b]) => a.localeCompare(b)).map(([, found]) => found);
}

/** In quotes, or Velero would read a class that is called 1 or true as JSON. */
function replaceRule(resource: string, place: FieldText, to: string): JsonObject {
  return {
    conditions: { groupResource: resource, matches: [{ path: place.path, value: `"${place.value}"` }] },
    patches: [{ operation: 'replace', path: place.path, value: `"${to}"` }],
  };
}

/** A rule of the plan as Velero reads it: `patchData` is a text there. */
function ruleOf(rule: ModifierRule): JsonObject {
  const asText = (patches: ModifierRule['mergePatches']): Json =>
    (patches ?? []).map(({ patchData }) => ({ patchData: JSON.stringify(patchData) }));
  return {
    conditions: rule.conditions,
    ...(rule.patches ? { patches: rule.patches } : {}),
    ...(rule.mergePatches ? { mergePatches: asText(rule.mergePatches) } : {}),
    ...(rule.strategicPatches ? { strategicPatches: asText(rule.strategicPatches) } : {}),
  };
}
