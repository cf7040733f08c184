import { mergePatched } from '../kube/merge-patch.ts';
import { isRecord, listAt } from '../kube/read.ts';
import type { KubeObject } from '../kube/types.ts';
import { dnsKeptAway, dnsSources, isDnsAnnotation, isDnsRecord } from '../model/drill.ts';
import { groupOf } from '../model/verdict.ts';
import { archiveOf, archiversOf } from '../velero/outward.ts';

/** A step's objects as a drill applies them: no DNS records, nothing for external-dns to act on, no archive. Pure. */
export function drilled(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.filter((object) => !isDnsRecord(object)).map((object) => withoutArchive(keptFromDns(object)));
}

function keptFromDns(object: KubeObject): KubeObject {
  const isAnnotated = Object.keys(object.metadata.annotations ?? {}).some(isDnsAnnotation);
  if (!isAnnotated && !dnsSources.includes(resourceOf(object))) return object;
  const own = Object.entries(object.metadata.annotations ?? {}).filter(([key]) => !isDnsAnnotation(key));
  return { ...object, metadata: { ...object.metadata, annotations: { ...Object.fromEntries(own), ...dnsKeptAway } } };
}

/** `plural.group` of the kinds that external-dns reads: all of them have regular plurals. */
function resourceOf({ apiVersion, kind }: KubeObject): string {
  const name = kind.toLowerCase();
  const plural = pluralOf(name);
  const group = groupOf(apiVersion);
  return group === '' ? plural : `${plural}.${group}`;
}

function pluralOf(name: string): string {
  if (name.endsWith('ss')) return `${name}es`;
  return name.endsWith('proxy') ? `${name.slice(0, -1)}ies` : `${name}s`;
}

/** The live site writes to the same archive. Only the archiver is switched off: the list may hold other plug-ins. */
function withoutArchive(object: KubeObject): KubeObject {
  const archive = archiveOf(object);
  if (archive) return mergePatched(object, { spec: archive });
  const { spec } = object;
  if (object.kind !== 'Cluster' || groupOf(object.apiVersion) !== 'postgresql.cnpg.io' || !isRecord(spec))
    return object;
  const { backup: _backup, ...rest } = spec;
  const archivers = archiversOf(object);
  if (archivers.length === 0) return { ...object, spec: rest };
  const plugins = listAt(spec, 'plugins').map((plugin, index) =>
    archivers.includes(index) && isRecord(plugin) ? { ...plugin, enabled: false, isWALArchiver: false } : plugin,
  );
  return { ...object, spec: { ...rest, plugins } };
}
