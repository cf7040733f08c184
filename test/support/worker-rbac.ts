/** What a worker needs for the bookstore, beside what `deploy/worker-rbac.yaml` grants it. */
import { readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { needsOfChecks } from '../../src/health/needs-of.ts';
import type { Need } from '../../src/kube/needs.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { language } from '../../src/language.ts';
import type { BackupItem } from '../../src/model/backup.ts';
import { loadPlanByName } from '../../src/plan/load.ts';
import { accessNeeds } from '../../src/preflight/access-needs.ts';

const checkout = new URL('../../', import.meta.url);

/** The objects of one YAML file of the checkout. */
export function objectsIn(path: string): readonly KubeObject[] {
  return parseAllDocuments(readFileSync(new URL(path, checkout), 'utf8')).flatMap((document) => {
    const object = document.toJS() as KubeObject | null;
    return object === null ? [] : [object];
  });
}

/** What a Backup of the bookstore holds beside its manifests: what Kubernetes, its operator and CSI make of them. */
const made: readonly (readonly [resource: string, apiVersion: string, kind: string, namespaced: boolean])[] = [
  ['persistentvolumeclaims', 'v1', 'PersistentVolumeClaim', true],
  ['persistentvolumes', 'v1', 'PersistentVolume', false],
  ['customresourcedefinitions.apiextensions.k8s.io', 'apiextensions.k8s.io/v1', 'CustomResourceDefinition', false],
  ['volumesnapshots.snapshot.storage.k8s.io', 'snapshot.storage.k8s.io/v1', 'VolumeSnapshot', true],
  ['volumesnapshotcontents.snapshot.storage.k8s.io', 'snapshot.storage.k8s.io/v1', 'VolumeSnapshotContent', false],
  ['volumesnapshotclasses.snapshot.storage.k8s.io', 'snapshot.storage.k8s.io/v1', 'VolumeSnapshotClass', false],
  [
    'validatingwebhookconfigurations.admissionregistration.k8s.io',
    'admissionregistration.k8s.io/v1',
    'ValidatingWebhookConfiguration',
    false,
  ],
  [
    'mutatingwebhookconfigurations.admissionregistration.k8s.io',
    'admissionregistration.k8s.io/v1',
    'MutatingWebhookConfiguration',
    false,
  ],
  ['deployments.apps', 'apps/v1', 'Deployment', true],
  ['controllerrevisions.apps', 'apps/v1', 'ControllerRevision', true],
  ['jobs.batch', 'batch/v1', 'Job', true],
  ['pods', 'v1', 'Pod', true],
];

const clusterScoped = ['Namespace', 'ClusterRole', 'ClusterRoleBinding'];

function bookstoreItems(): readonly BackupItem[] {
  const folder = 'lab/sites/bookstore/manifests';
  const written = readdirSync(new URL(folder, checkout)).flatMap((file) => objectsIn(`${folder}/${file}`));
  const items = written.map(({ apiVersion, kind }) => {
    const [group, version] = apiVersion.split('/');
    const plural = kind.endsWith('y') ? kind.replace(/y$/, 'ies') : `${kind}${kind.endsWith('s') ? 'es' : 's'}`;
    const resource = `${plural.toLowerCase()}${version === undefined ? '' : `.${group ?? ''}`}`;
    return [resource, apiVersion, kind, !clusterScoped.includes(kind)] as const;
  });
  return [...items, ...made].flatMap(([resource, apiVersion, kind, namespaced]) =>
    (namespaced ? ['shop-data', 'shop-web', 'cnpg-system'] : [undefined]).map((namespace) => ({
      resource,
      apiVersion,
      kind,
      name: 'any',
      labels: {},
      annotations: {},
      ...(namespace === undefined ? {} : { namespace }),
    })),
  );
}

/** Everything that a run of `plans/bookstore.yaml` does in its cluster, with mappings in its storage step on top. */
export async function bookstoreNeeds(): Promise<readonly Need[]> {
  const loaded = await loadPlanByName('bookstore', new URL('plans', checkout).pathname, language);
  if ('issues' in loaded) throw new Error(JSON.stringify(loaded.issues));
  const { plan } = loaded;
  const storage = plan.tiers.storage.map((step) => ({ ...step, spec: { storageClassMapping: { a: 'b' } } }));
  return accessNeeds({
    plan: { ...plan, tiers: { ...plan.tiers, storage } },
    taken: bookstoreItems(),
    brought: [],
    plurals: new Map(),
    checkNeeds: needsOfChecks(plan),
    hasControl: true,
  });
}
