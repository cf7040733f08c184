import { isRecord, listAt, valueAt } from '../kube/read.ts';
import type { KubeObject } from '../kube/types.ts';
import type { ItemFacts } from '../model/backup.ts';
import { archivingKinds, archivingPlugin, dnsAnnotationPrefixes, isDnsRecord } from '../model/drill.ts';
import type { JsonObject } from '../model/json.ts';
import { groupOf } from '../model/verdict.ts';
import { mapAt, textAt, textsAt } from './fields.ts';

/** Names that one object may ask for: a report is no zone file. */
const mostNames = 20;

/** What an object would do outside its cluster: names it asks the DNS for, archives it writes. Pure. */
export function outwardFacts(object: KubeObject): Pick<ItemFacts, 'dns' | 'archivers' | 'archive'> {
  const dns = [...new Set(dnsNames(object))].slice(0, mostNames);
  const archivers = archiversOf(object);
  const archive = archiveOf(object);
  return {
    ...(dns.length > 0 ? { dns } : {}),
    ...(archivers.length > 0 ? { archivers } : {}),
    ...(archive ? { archive } : {}),
  };
}

/** The names that external-dns would write for an object. */
function dnsNames(object: KubeObject): readonly string[] {
  if (isDnsRecord(object)) return listAt(object, 'spec', 'endpoints').flatMap(endpointText);
  return [...annotated(object), ...served(object)];
}

function endpointText(endpoint: unknown): readonly string[] {
  const name = textAt(endpoint, 'dnsName');
  if (!name) return [];
  const type = textAt(endpoint, 'recordType') ?? 'A';
  return [`${name} ${type} ${textsAt(endpoint, 'targets').join(', ')}`.trim()];
}

/** Names in annotations: commas between them. */
function annotated(object: KubeObject): readonly string[] {
  const annotations = mapAt(object, 'metadata', 'annotations');
  return dnsAnnotationPrefixes.flatMap((prefix) =>
    ['hostname', 'internal-hostname'].flatMap((key) =>
      (annotations[`${prefix}${key}`] ?? '')
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean),
    ),
  );
}

/** Names that an Ingress, a Gateway or a route serves: external-dns takes them as they are. */
function served(object: KubeObject): readonly string[] {
  const group = object.apiVersion.split('/')[0];
  if (object.kind === 'Ingress' && group === 'networking.k8s.io')
    return listAt(object, 'spec', 'rules').flatMap((rule) => textAt(rule, 'host') ?? []);
  if (group !== 'gateway.networking.k8s.io') return [];
  if (object.kind === 'Gateway')
    return listAt(object, 'spec', 'listeners').flatMap((listener) => textAt(listener, 'hostname') ?? []);
  return object.kind.endsWith('Route') ? textsAt(object, 'spec', 'hostnames') : [];
}

/**
 * Places in `spec.plugins` of a CloudNativePG Cluster whose plug-in archives. CloudNativePG 1.27,
 * api/v1/cluster_types.go PluginConfiguration: `isWALArchiver`, `enabled` (default true).
 */
export function archiversOf(object: KubeObject): readonly number[] {
  if (object.kind !== 'Cluster' || !object.apiVersion.startsWith('postgresql.cnpg.io/')) return [];
  return listAt(object, 'spec', 'plugins').flatMap((plugin, index) =>
    valueAt(plugin, 'isWALArchiver') === true || textAt(plugin, 'name') === archivingPlugin ? [index] : [],
  );
}

/** What of an operator's resource has to change so that it writes into no archive: a merge patch of `spec`. */
export function archiveOf(object: KubeObject): JsonObject | undefined {
  const known = archivingKinds.find(({ group, kind }) => kind === object.kind && group === groupOf(object.apiVersion));
  const writes = known && (known.under === undefined || isRecord(valueAt(object, 'spec', known.under)));
  return writes ? known.spec : undefined;
}
