/** What a worker's login is tried on: a site with claims that stand in the way, all that can be quiesced, and what a drill makes. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { drivers } from '../../src/drivers/registry.ts';
import type { ClusterSource } from '../../src/kube/clusters.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import type { Json } from '../../src/model/json.ts';
import { labelKeys } from '../../src/model/labels.ts';
import { updateStep } from '../../src/recovery/ledger.ts';
import type { Session, StepRef } from '../../src/recovery/session.ts';
import { beginRecovery, made, type Recovery, template } from './quiesce-site.ts';
import { everythingQuiesced, homes } from './worker-rbac.ts';

const { signal } = new AbortController();

/** The namespace that the files under `deploy` name. */
export const veleroNamespace = 'velero';

const claimKind = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' } as const;
const storage = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };

/** One of everything that a plan can quiesce, at work. */
export async function makeQuiescable(admin: KubeClient, site: string): Promise<readonly KubeObject[]> {
  const pod = { restartPolicy: 'Never', containers: [{ name: 'x', image: 'x.invalid/x:1' }] };
  const jobTemplate = { spec: { template: { spec: pod } } };
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const recurring = {
    name: 'backup',
    groups: ['default'],
    task: 'backup',
    cron: '0 2 * * *',
    retain: 7,
    concurrency: 2,
  };
  const specs: readonly (readonly [apiVersion: string, kind: string, spec: object])[] = [
    ['argoproj.io/v1alpha1', 'Application', { project: 'shop', syncPolicy: { automated: { prune: true } } }],
    ['kustomize.toolkit.fluxcd.io/v1', 'Kustomization', { interval: '10m', prune: true }],
    ['helm.toolkit.fluxcd.io/v2beta2', 'HelmRelease', { interval: '10m' }],
    ['velero.io/v1', 'Schedule', { schedule: '0 1 * * *', template: {} }],
    ['postgresql.cnpg.io/v1', 'ScheduledBackup', { schedule: '0 0 0 * * *', cluster: { name: 'orders' } }],
    ['longhorn.io/v1beta2', 'RecurringJob', recurring],
    ['batch/v1', 'CronJob', { schedule: '0 1 * * *', jobTemplate }],
    ['autoscaling/v2', 'HorizontalPodAutoscaler', { maxReplicas: 5, scaleTargetRef }],
    ['apps/v1', 'Deployment', { replicas: 3, ...template }],
    ['apps/v1', 'StatefulSet', { replicas: 2, serviceName: 'web', ...template }],
  ];
  const objects: KubeObject[] = [];
  for (const [apiVersion, kind, spec] of specs) {
    const metadata = { name: `${site}-web`, namespace: homes[kind] ?? site };
    objects.push(await made(admin, { apiVersion, kind, metadata, spec }));
  }
  return objects;
}

/** A StatefulSet, its pod, and its claim, bound to a volume that would be deleted with it. */
export async function makeOccupied(admin: KubeClient, site: string): Promise<void> {
  const spec = { ...storage, storageClassName: '', volumeName: site };
  const metadata = { name: 'data-db-0', namespace: site };
  const { metadata: claim } = await admin.create({ ...claimKind, metadata, spec });
  await admin.create({
    ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: site } },
    spec: {
      ...{ accessModes: storage.accessModes, capacity: storage.resources.requests, storageClassName: '' },
      persistentVolumeReclaimPolicy: 'Delete',
      csi: { driver: 'example.org', volumeHandle: site },
      claimRef: { ...claimKind, ...metadata, uid: claim.uid },
    },
  });
  const pod = {
    metadata: { labels: { app: 'db' } },
    spec: {
      containers: [{ name: 'db', image: 'x.invalid/x:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    },
  };
  await admin.create({
    ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db', namespace: site } },
    spec: {
      ...{ replicas: 1, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: pod },
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: storage }],
    },
  });
  for (
    let left = 100;
    !(await admin.get({ apiVersion: 'v1', kind: 'Pod', namespace: site, name: 'db-0' }));
    left -= 1
  ) {
    if (left === 0) throw new Error('the StatefulSet has made no pod');
    await sleep(200);
  }
}

const step = (name: string, plural: string) => ({ name, velero: { includedResources: [plural] } });

/** A recovery of that site, begun with this login: claims, then Deployments, out of a Backup of its name. */
export async function beginSite(
  clusters: ClusterSource,
  kube: KubeClient,
  site: string,
  drill = false,
): Promise<Recovery> {
  const { items } = await kube.list({ apiVersion: 'v1', kind: 'Namespace' });
  const backup = {
    ...{ namespace: veleroNamespace, name: site, storageLocation: 'default', phase: 'Completed' },
    startTimestamp: '2026-11-20T00:00:00Z',
  };
  return beginRecovery(clusters, kube, {
    ...{ site, namespace: site, quiesce: drill ? [] : everythingQuiesced(site).map(asWritten(site)) },
    more: {
      velero: { namespace: veleroNamespace, backup: site },
      tiers: {
        storage: [step('volumes', 'persistentvolumeclaims')],
        applications: [step('web', 'deployments.apps')],
      },
      ...(drill ? { drill: { cluster: 'practice' } } : {}),
    },
    run: { backup, ...(drill ? { mode: 'drill', namespacesBefore: items.map(({ metadata }) => metadata.name) } : {}) },
  });
}

/** Workloads are named: a plan that stops all of them is refused. */
function asWritten(site: string) {
  return ({ kind, namespaces }: { readonly kind: string; readonly namespaces: readonly string[] }) => ({
    ...{ kind, namespaces, names: [`${site}-web`] },
  });
}

/** A step of it that was begun, as an activity does. */
export async function startStep(session: Session, ref: StepRef): Promise<Json> {
  const { spec } = session.step(ref.step).step;
  await updateStep(session.kube, session.run.recovery, ref.step, ref, {}, signal);
  const restore = await drivers.velero.start(session.driverContext(ref), spec, 'restore', undefined);
  await updateStep(session.kube, session.run.recovery, ref.step, ref, { handles: { restore } }, signal);
  return restore;
}

/** The reason for which a step that was begun is held. */
export async function heldAs(session: Session, ref: StepRef, handle: Json): Promise<string> {
  for (let left = 100; ; left -= 1) {
    const seen = await drivers.velero.observe(session.driverContext(ref), handle);
    if (seen.state === 'failed') return seen.reason;
    if (left === 0 || seen.state !== 'running') return seen.state;
    await sleep(200);
  }
}

/** A move of data for a Restore that is under way. */
export async function makeMove(admin: KubeClient, restore: string, site: string): Promise<void> {
  await admin.create({
    ...{ apiVersion: 'velero.io/v2alpha1', kind: 'DataDownload' },
    metadata: { namespace: veleroNamespace, name: restore, labels: { 'velero.io/restore-name': restore } },
    spec: {
      ...{ backupStorageLocation: 'default', operationTimeout: '10m', snapshotID: 's', sourceNamespace: site },
      targetVolume: { namespace: site, pvc: 'data-db-0', pv: '' },
    },
    status: { phase: 'InProgress' },
  });
}

/** One of each kind of thing that a drill leaves, the drill's label on it: everything that the clean-up treats in a way of its own. */
export async function makeDrillTraces(admin: KubeClient, recovery: string, site: string): Promise<void> {
  const labels = { [labelKeys.drill]: recovery };
  const restore = `${recovery}-storage-volumes-g1`;
  const of = (apiVersion: string, kind: string, name: string, namespace?: string, more: object = {}): KubeObject => ({
    ...{ apiVersion, kind, ...more },
    metadata: { name, labels, ...(namespace ? { namespace } : {}) },
  });
  const rbac = 'rbac.authorization.k8s.io/v1';
  const group = `${site}.example.org`;
  const names = { kind: 'Thing', listKind: 'ThingList', plural: 'things', singular: 'thing' };
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const versions = [{ name: 'v1', served: true, storage: true, schema }];
  const crd = { spec: { group, names, scope: 'Namespaced', versions } };
  const webhooks = { webhooks: [] };
  const volume = {
    ...{ accessModes: storage.accessModes, capacity: storage.resources.requests },
    ...{ persistentVolumeReclaimPolicy: 'Delete', csi: { driver: 'example.org', volumeHandle: `${site}-drill` } },
  };
  const content = {
    ...{ deletionPolicy: 'Delete', driver: 'example.org', source: { snapshotHandle: 's' } },
    volumeSnapshotRef: { namespace: site, name: 'data' },
  };
  const cluster = { spec: { instances: 1, storage: { size: '1Gi' } } };
  const objects: readonly KubeObject[] = [
    of('v1', 'ConfigMap', 'settings', site),
    of('v1', 'Secret', 'login', site),
    of('postgresql.cnpg.io/v1', 'Cluster', 'orders', site, cluster),
    of('v1', 'ConfigMap', `${recovery}-rules`, veleroNamespace),
    of(rbac, 'ClusterRole', `${site}-drill`, undefined, { rules: [] }),
    of('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', `${site}-drill`, undefined, webhooks),
    of('apiextensions.k8s.io/v1', 'CustomResourceDefinition', `things.${group}`, undefined, crd),
    of('snapshot.storage.k8s.io/v1', 'VolumeSnapshotContent', `${site}-drill`, undefined, { spec: content }),
  ];
  for (const object of objects) await made(admin, object);
  const brought = { ...labels, 'velero.io/restore-name': restore };
  const pv = of('v1', 'PersistentVolume', `${site}-drill`, undefined, { spec: volume });
  await admin.create({ ...pv, metadata: { ...pv.metadata, labels: brought } });
  await admin.create({
    ...{ apiVersion: 'velero.io/v1', kind: 'Restore', spec: { backupName: site } },
    metadata: { name: restore, namespace: veleroNamespace, labels: { [labelKeys.recovery]: recovery } },
  });
  await makeMove(admin, restore, site);
}

/** What the files of a plan to be rehearsed hold. */
export const rehearsalRole: KubeObject = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'rekindle-worker-manifests', labels: { 'rekindle.dev/aggregate-to-worker': 'true' } },
  rules: [{ apiGroups: [''], resources: ['namespaces', 'configmaps'], verbs: ['create', 'patch'] }],
};

/** Writes a plan `rehearsed` that makes one namespace from files; the answer is the folder of plans. */
export async function rehearsable(folder: string, cluster: string, namespace: string): Promise<string> {
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace } },
  ];
  await writeFile(join(folder, 'basics.json'), objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  const spec = {
    ...{ site: namespace, cluster, namespaces: [namespace], stableFor: '0s', drill: { cluster: 'practice' } },
    tiers: { namespaces: [{ name: 'basics', manifests: { paths: ['basics.json'] }, timeout: '1m' }] },
  };
  const plan = { apiVersion: 'rekindle.dev/v1alpha1', kind: 'RestorePlan', metadata: { name: 'rehearsed' }, spec };
  await writeFile(join(folder, 'rehearsed.yaml'), stringify(plan));
  return folder;
}
