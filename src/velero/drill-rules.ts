import type { BackupItem } from '../model/backup.ts';
import { dnsKeptAway, dnsResources, dnsSources, isDnsAnnotation, postgresClusters } from '../model/drill.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { labelKeys } from '../model/labels.ts';
import { type Plan, stepsOf } from '../model/plan.ts';
import type { OwnRules } from './own-rules.ts';

/**
 * Velero's resource modifiers of a drill: the drill's label on everything that is restored, nothing for external-dns to
 * act on, no archive that is written. They come after the plan's own rules, which must not undo them. Velero matches a
 * kind by a glob in which `*` stops at a dot and `**` does not (1.18.3, internal/resourcemodifiers, gobwas/glob), so
 * `**` alone means core kinds and grouped ones. Pure.
 */
export const drillRules: OwnRules = ({ plan, recovery, wanted }) =>
  plan.drillOf === undefined
    ? []
    : [
        merging({ groupResource: '**' }, { metadata: { labels: { [labelKeys.drill]: recovery } } }),
        ...dnsRules(wanted),
        ...archiveRules(plan, wanted),
        ...wanted.flatMap((item) => operatorRule(item)),
      ];

function merging(conditions: JsonObject, patch: Json): JsonObject {
  return { conditions, mergePatches: [{ patchData: JSON.stringify(patch) }] };
}

/** Kept away by its own switch; what told it what to write goes too. */
function dnsRules(wanted: readonly BackupItem[]): JsonObject[] {
  const held = new Set(wanted.map(({ resource }) => resource));
  // Whatever carries such an annotation is a source too, of a version of external-dns that knows more kinds.
  const annotated = wanted.filter(({ annotations }) => Object.keys(annotations).some(isDnsAnnotation));
  return [...new Set([...dnsSources, ...annotated.map(({ resource }) => resource)])]
    .filter((resource) => held.has(resource))
    .map((resource) => {
      const keys = wanted.filter((item) => item.resource === resource).flatMap((item) => Object.keys(item.annotations));
      const gone = Object.fromEntries(keys.filter(isDnsAnnotation).map((key) => [key, null]));
      return merging({ groupResource: resource }, { metadata: { annotations: { ...gone, ...dnsKeptAway } } });
    });
}

/** The live site writes to the same archive: a second writer would spoil it. */
function archiveRules(plan: Plan, wanted: readonly BackupItem[]): JsonObject[] {
  const clusters = wanted.filter(({ resource }) => resource === postgresClusters);
  if (clusters.length === 0) return [];
  if (writesPlugins(plan))
    return [merging({ groupResource: postgresClusters }, { spec: { backup: null, plugins: null } })];
  return [
    merging({ groupResource: postgresClusters }, { spec: { backup: null } }),
    ...clusters.flatMap((item) => pluginRule(item)),
  ];
}

/** Rules of the plan's own may bring an archiver, or move the one that is there: where it stands then is not known. */
function writesPlugins(plan: Plan): boolean {
  return [...stepsOf(plan)].some(({ step }) =>
    JSON.stringify(step.spec['resourceModifiers'] ?? []).includes('plugins'),
  );
}

/** Only the archiver is switched off: the list may hold other plug-ins. `add` replaces what is there. */
function pluginRule({ namespace = '', name, facts }: BackupItem): JsonObject[] {
  if (!facts?.archivers) return [];
  const patches = facts.archivers.flatMap((index) => [
    { operation: 'add', path: `/spec/plugins/${index}/enabled`, value: 'false' },
    { operation: 'add', path: `/spec/plugins/${index}/isWALArchiver`, value: 'false' },
  ]);
  return [{ conditions: only(postgresClusters, namespace, name), patches }];
}

/** Other operators' resources: what makes them write is taken away, where it is there. */
function operatorRule({ resource, namespace = '', name, facts }: BackupItem): JsonObject[] {
  return facts?.archive ? [merging(only(resource, namespace, name), { spec: facts.archive })] : [];
}

/** One object alone. */
function only(groupResource: string, namespace: string, name: string): JsonObject {
  return { groupResource, namespaces: [namespace], resourceNameRegex: `^${name.replaceAll('.', '\\.')}$` };
}

/** A Restore's spec without what is nothing but DNS. Pure. */
export function withoutDns(spec: JsonObject): JsonObject {
  const named = textsOf(spec['includedResources']);
  const included = named.filter((name) => !dnsResources.includes(name));
  // An empty list would restore every kind.
  if (named.length > 0 && included.length === 0) return spec;
  const excluded = [...new Set([...textsOf(spec['excludedResources']), ...dnsResources])].toSorted();
  return { ...spec, ...(named.length > 0 ? { includedResources: included } : {}), excludedResources: excluded };
}

function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}
