/** The files under `deploy` that grant a worker its rights, and what it needs for the bookstore. */
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { kubectl } from '../../lab/api.ts';
import { ensureTools } from '../../lab/build.ts';
import type { LabInfo } from '../../lab/lab.ts';
import { needsOfChecks } from '../../src/health/needs-of.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { ApiResource, KubeClient, KubeObject } from '../../src/kube/types.ts';
import { language } from '../../src/language.ts';
import type { BackupItem } from '../../src/model/backup.ts';
import { drilledPlan } from '../../src/model/drill.ts';
import type { Plan } from '../../src/model/plan.ts';
import { quiesceKindNames, type QuiesceTarget } from '../../src/model/quiesce.ts';
import { loadPlanByName } from '../../src/plan/load.ts';
import { accessNeeds } from '../../src/preflight/access-needs.ts';
import type { ActName, ActNeed } from '../../src/preflight/act-needs.ts';

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

/** Whose the database's claims are. */
const orders = { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', name: 'orders-db' };

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
      ...(kind === 'PersistentVolumeClaim' ? { controller: orders } : {}),
      resource,
      apiVersion,
      kind,
      name: kind === 'CustomResourceDefinition' ? 'clusters.postgresql.cnpg.io' : 'any',
      labels: {},
      annotations: {},
      ...(namespace === undefined ? {} : { namespace }),
    })),
  );
}

/** Where kinds that are not the site's own have their objects. */
export const homes: { readonly [kind: string]: string } = {
  Schedule: 'velero',
  Application: 'argocd',
  Kustomization: 'flux-system',
  RecurringJob: 'longhorn-system',
};

/** Everything that a plan can quiesce, of a site in one namespace. */
export function everythingQuiesced(namespace: string): readonly QuiesceTarget[] {
  return quiesceKindNames.map((kind) => ({ kind, namespaces: [homes[kind] ?? namespace], optional: false }));
}

/** The bookstore's plan with mappings in its storage step, and with all that a plan can quiesce. */
async function widePlan(): Promise<Plan> {
  const loaded = await loadPlanByName('bookstore', new URL('plans', checkout).pathname, language);
  if ('issues' in loaded) throw new Error(JSON.stringify(loaded.issues));
  const { plan } = loaded;
  const storage = plan.tiers.storage.map((step) => ({ ...step, spec: { storageClassMapping: { a: 'b' } } }));
  const drill = { cluster: 'practice' } as NonNullable<Plan['drill']>;
  return { ...plan, drill, tiers: { ...plan.tiers, storage }, quiesce: everythingQuiesced('shop-web') };
}

/** What every run of `plans/bookstore.yaml` does in its cluster, or what one act of it takes there: as preflight asks for it. */
export async function bookstoreNeeds(act?: ActName, served: readonly ApiResource[] = []): Promise<readonly ActNeed[]> {
  const wide = await widePlan();
  const plan = act === 'cleanUp' ? (drilledPlan(wide) ?? wide) : wide;
  const needs = accessNeeds({
    plan,
    taken: bookstoreItems(),
    brought: [],
    plurals: new Map(),
    served,
    checkNeeds: needsOfChecks(plan),
    hasControl: true,
  });
  return needs.filter((need) => need.act === act);
}

/** Those of these needs that a login lacks. */
export async function lackingOf(kube: KubeClient, needs: readonly ActNeed[]): Promise<readonly ActNeed[]> {
  const answers = await Promise.all(needs.map(async (need) => ((await kube.may(need)) ? [] : [need])));
  return answers.flat();
}

/** Waits until a login lacks none of them: a controller puts the aggregated role together, and the authorizer hears of it later. */
export async function untilGranted(kube: KubeClient, needs: readonly ActNeed[]): Promise<void> {
  for (let left = 30; ; left -= 1) {
    const lacking = await lackingOf(kube, needs);
    if (lacking.length === 0) return;
    if (left === 0) throw new Error(`not granted: ${JSON.stringify(lacking.slice(0, 10))}`);
    await sleep(1000);
  }
}

interface Kubeconfig {
  users: { user: object }[];
}

/** A login of its own, as a worker has it: a token of the service account that the files are about. */
export async function workerLogin(lab: LabInfo, folder: string): Promise<ClusterSource> {
  const { kube } = await ensureTools(['kube'], () => undefined);
  const wanted = ['create', 'token', 'rekindle-worker', '--namespace', 'rekindle-system'];
  const token = (await kubectl({ kube, kubeconfig: lab.kubeconfig }, wanted)).trim();
  const config = parse(await readFile(lab.kubeconfig, 'utf8')) as Kubeconfig;
  for (const user of config.users) user.user = { token };
  const file = join(folder, 'kubeconfig');
  await writeFile(file, stringify(config));
  return clustersFromKubeconfig(file);
}

/** Applies a file of `deploy` with the namespaces that it names; the answer takes both away again. */
export async function granted(admin: KubeClient, path: string): Promise<() => Promise<void>> {
  const objects = objectsIn(path);
  const made: KubeObject[] = [];
  const spaces = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  for (const name of spaces) {
    const space = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    if (await admin.get({ apiVersion: 'v1', kind: 'Namespace', name })) continue;
    await admin.create(space);
    // The namespace rekindle-system is everybody's here: it stays.
    if (name !== 'rekindle-system') made.push(space);
  }
  for (const object of objects) await admin.apply(object, { fieldManager: 'test' });
  made.push(...objects.filter(({ kind }) => kind !== 'Namespace'));
  return async () => {
    for (const { apiVersion, kind, metadata } of made) {
      const { name, namespace } = metadata;
      await admin.remove({ apiVersion, kind, name, ...(namespace ? { namespace } : {}) });
    }
  };
}
