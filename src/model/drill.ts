import type { JsonObject } from './json.ts';
import type { Plan } from './plan.ts';
import { groupOf } from './verdict.ts';

/** The plan as a drill carries it out: on the drill's cluster. Undefined where the plan has no section `drill`. */
export function drilledPlan(plan: Plan): Plan | undefined {
  return plan.drill && { ...plan, cluster: plan.drill.cluster, drillOf: plan.cluster };
}

/** A drill may stand this long, ms: a week. */
export const longestKeepForMs = 7 * 86_400_000;

/** Kinds that are nothing but DNS records: judged in a drill, never written. external-dns, kinds of its source `crd`. */
export const dnsResources: readonly string[] = ['dnsendpoints.externaldns.k8s.io'];

/** Whether an object is nothing but DNS records. */
export function isDnsRecord({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): boolean {
  return kind === 'DNSEndpoint' && apiVersion.startsWith('externaldns.k8s.io/');
}

/**
 * What external-dns makes records of: from annotations, and for most also from the host names that they serve, so taking
 * the annotations away would not keep it from acting. external-dns 0.20, source/store.go.
 */
export const dnsSources: readonly string[] = [
  'services',
  'ingresses.networking.k8s.io',
  'gateways.gateway.networking.k8s.io',
  'httproutes.gateway.networking.k8s.io',
  'grpcroutes.gateway.networking.k8s.io',
  'tlsroutes.gateway.networking.k8s.io',
  'tcproutes.gateway.networking.k8s.io',
  'udproutes.gateway.networking.k8s.io',
  'gateways.networking.istio.io',
  'virtualservices.networking.istio.io',
  'httpproxies.projectcontour.io',
  'routes.route.openshift.io',
  'ingressroutes.traefik.io',
  'ingressroutetcps.traefik.io',
  'ingressrouteudps.traefik.io',
  'virtualservers.cis.f5.com',
  'transportservers.cis.f5.com',
  'routegroups.zalando.org',
  'tcpingresses.configuration.konghq.com',
  'hosts.getambassador.io',
];

/** The beginnings of the annotations that external-dns reads; newer versions can be told another one. */
export const dnsAnnotationPrefixes: readonly string[] = [
  'external-dns.alpha.kubernetes.io/',
  'external-dns.kubernetes.io/',
];

/**
 * Makes external-dns pass an object over: it acts only where this annotation is missing or says `dns-controller`.
 * external-dns 0.20, source/annotations ControllerKey, and each source's `Endpoints`.
 */
export const dnsKeptAway: Readonly<Record<string, string>> = Object.fromEntries(
  dnsAnnotationPrefixes.map((prefix) => [`${prefix}controller`, 'rekindle-drill']),
);

/** Whether an annotation tells external-dns what to write. */
export function isDnsAnnotation(key: string): boolean {
  return dnsAnnotationPrefixes.some((prefix) => key.startsWith(prefix));
}

/** CloudNativePG's Clusters: they archive into an object store that the live site uses. */
export const postgresClusters = 'clusters.postgresql.cnpg.io';

/** The plug-in that archives for CloudNativePG 1.26 and later. */
export const archivingPlugin = 'barman-cloud.cloudnative-pg.io';

/** A kind whose own resource makes its operator write backups or logs into an object store. */
export interface ArchivingKind {
  readonly group: string;
  readonly kind: string;
  /** The section of `spec` without which it writes none. */
  readonly under?: string;
  /** Merge patch of `spec`: afterwards it writes none, and what restores from the store still finds it. */
  readonly spec: JsonObject;
}

/**
 * Operators' kinds that write into an archive by a field of their own; CloudNativePG's Cluster has rules of its own.
 * Percona XtraDB 1.17, pkg/apis/pxc/v1/pxc_types.go PXCScheduledBackup; Percona MongoDB 1.20, pkg/apis/psmdb/v1
 * BackupSpec (`storages` stay: a restore names one of them); Zalando 1.14, docs/reference/cluster_manifest.md.
 */
export const archivingKinds: readonly ArchivingKind[] = [
  { group: 'pxc.percona.com', kind: 'PerconaXtraDBCluster', under: 'backup', spec: { backup: noTurns('schedule') } },
  { group: 'psmdb.percona.com', kind: 'PerconaServerMongoDB', under: 'backup', spec: { backup: noTurns('tasks') } },
  { group: 'acid.zalan.do', kind: 'postgresql', spec: { enableLogicalBackup: false } },
];

function noTurns(schedule: string): JsonObject {
  return { pitr: null, [schedule]: null };
}

/** Kinds that hold nothing, or nothing that anybody could leave behind. */
const notListed = new Set(['Event', 'ComponentStatus', 'Binding', 'Lease']);
const notListedGroups = new Set(['authentication.k8s.io', 'authorization.k8s.io']);

/** Whether a drill's clean-up lists a kind, to see that nothing of it is left. */
export function isListedByCleanUp({
  apiVersion,
  kind,
}: {
  readonly apiVersion: string;
  readonly kind: string;
}): boolean {
  const group = groupOf(apiVersion);
  return !notListed.has(kind) && !notListedGroups.has(group) && !group.endsWith('metrics.k8s.io');
}
