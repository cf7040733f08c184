import type { BackupItem } from '../model/backup.ts';

/** Core kinds by their plural: what a bare name means to Velero whatever other groups serve that plural too. */
const plurals: { readonly [group: string]: readonly string[] } = {
  '': [
    'configmaps',
    'endpoints',
    'events',
    'limitranges',
    'namespaces',
    'nodes',
    'persistentvolumeclaims',
    'persistentvolumes',
    'pods',
    'podtemplates',
    'replicationcontrollers',
    'resourcequotas',
    'secrets',
    'serviceaccounts',
    'services',
  ],
  'admissionregistration.k8s.io': [
    'mutatingwebhookconfigurations',
    'validatingadmissionpolicies',
    'validatingadmissionpolicybindings',
    'validatingwebhookconfigurations',
  ],
  'apiextensions.k8s.io': ['customresourcedefinitions'],
  'apiregistration.k8s.io': ['apiservices'],
  apps: ['controllerrevisions', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  autoscaling: ['horizontalpodautoscalers'],
  batch: ['cronjobs', 'jobs'],
  'coordination.k8s.io': ['leases'],
  'discovery.k8s.io': ['endpointslices'],
  'networking.k8s.io': ['ingressclasses', 'ingresses', 'ipaddresses', 'networkpolicies', 'servicecidrs'],
  policy: ['poddisruptionbudgets'],
  'rbac.authorization.k8s.io': ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles'],
  'scheduling.k8s.io': ['priorityclasses'],
  'snapshot.storage.k8s.io': ['volumesnapshotclasses', 'volumesnapshotcontents', 'volumesnapshots'],
  'storage.k8s.io': ['csidrivers', 'csinodes', 'storageclasses', 'volumeattachments'],
};

/** The short names that people write; of the kinds above only. */
const shortNames: { readonly [name: string]: string } = {
  cj: 'cronjobs',
  cm: 'configmaps',
  crd: 'customresourcedefinitions',
  crds: 'customresourcedefinitions',
  deploy: 'deployments',
  ds: 'daemonsets',
  ep: 'endpoints',
  hpa: 'horizontalpodautoscalers',
  ing: 'ingresses',
  limits: 'limitranges',
  netpol: 'networkpolicies',
  no: 'nodes',
  ns: 'namespaces',
  pc: 'priorityclasses',
  pdb: 'poddisruptionbudgets',
  po: 'pods',
  pv: 'persistentvolumes',
  pvc: 'persistentvolumeclaims',
  quota: 'resourcequotas',
  rc: 'replicationcontrollers',
  rs: 'replicasets',
  sa: 'serviceaccounts',
  sc: 'storageclasses',
  sts: 'statefulsets',
  svc: 'services',
  vs: 'volumesnapshots',
  vsc: 'volumesnapshotcontents',
};

const groupByPlural = new Map(
  Object.entries(plurals).flatMap(([group, names]) => names.map((name) => [name, group] as const)),
);
const pluralBySingular = new Map([...groupByPlural.keys()].map((plural) => [singular(plural), plural] as const));

/** The kinds that make up a volume: they come back together, in a storage step. */
export const volumeResources = [
  'persistentvolumeclaims',
  'persistentvolumes',
  'volumesnapshots.snapshot.storage.k8s.io',
  'volumesnapshotcontents.snapshot.storage.k8s.io',
] as const;

/** Webhook configurations: in front of every matching request from the moment they exist. */
export const webhookResources = [
  'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
] as const;

function singular(plural: string): string {
  if (plural.endsWith('classes') || plural.endsWith('ingresses')) return plural.slice(0, -2);
  if (plural.endsWith('ies')) return `${plural.slice(0, -3)}y`;
  return plural === 'endpoints' ? plural : plural.slice(0, -1);
}

/** `plural.group` for a name of a built-in kind in any form Velero takes (plural, singular, kind, short); else as written, in lower case. */
export function fullName(written: string): string {
  const name = written.toLowerCase();
  const dot = name.indexOf('.');
  const head = dot < 0 ? name : name.slice(0, dot);
  const plural = shortNames[head] ?? pluralBySingular.get(head) ?? head;
  const group = dot < 0 ? groupByPlural.get(plural) : name.slice(dot + 1);
  return group ? `${plural}.${group}` : plural;
}

/** Whether a name holds a pattern: Velero matches `*` and `?` over the whole `plural.group`. */
export function isPattern(written: string): boolean {
  return /[*?]/.test(written);
}

/**
 * Whether a resource name of a filter means an item's kind, as Velero resolves it: the plural, the singular or the kind
 * in any case, with the group, a beginning of the group, or none. Velero 1.18.3, pkg/discovery/helper.go and the API
 * machinery's default REST mapper. A bare name of a built-in kind means that kind alone.
 */
export function namesKind(written: string, item: Pick<BackupItem, 'resource' | 'kind'>): boolean {
  if (isPattern(written)) return patternOf(written.toLowerCase()).test(item.resource);
  const full = fullName(written);
  if (full === item.resource) return true;
  const [name = '', ...rest] = full.split('.');
  const [plural = '', ...groups] = item.resource.split('.');
  if (name !== plural && name !== item.kind.toLowerCase()) return false;
  const group = groups.join('.');
  return rest.length > 0 ? group.startsWith(rest.join('.')) : !groupByPlural.has(name);
}

function patternOf(text: string): RegExp {
  const escaped = text
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`);
}
