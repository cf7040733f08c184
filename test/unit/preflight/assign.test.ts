import { describe, expect, it } from 'vitest';
import type { BackupItem } from '../../../src/model/backup.ts';
import { refKey, refText } from '../../../src/model/verdict.ts';
import { assign } from '../../../src/preflight/assign.ts';
import { fatesOf, objectsOf, stepsSeen } from '../../../src/preflight/previewed.ts';
import type { LiveObject } from '../../../src/velero/live.ts';
import { now } from '../../support/a-survey.ts';
import { planOf, type StepOf } from '../../support/driver-context.ts';
import { claim, deployment, item, namespaced, snapshotOf, volumeOf } from '../velero/items.ts';

const velero = (tier: StepOf['tier'], name: string, spec: StepOf['spec'] = {}): StepOf => ({
  tier,
  name,
  driver: 'velero',
  spec,
});
const plan = planOf(
  ['shop'],
  [
    velero('namespaces', 'basics'),
    velero('storage', 'volumes'),
    velero('applications', 'web', { includedResources: ['deployments.apps'] }),
    velero('ingress', 'again', {
      includedResources: ['deployments.apps'],
      labelSelector: { matchLabels: { twice: 'yes' } },
    }),
  ],
  { ignore: [{ kind: 'ConfigMap', name: 'cache' }] },
);

const web = deployment('shop', 'web');
const twice = deployment('shop', 'twice', { labels: { twice: 'yes' } });
const replicaSet = namespaced('replicasets.apps', 'ReplicaSet', 'shop', 'web-1', {
  controller: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
});
const budget = namespaced('poddisruptionbudgets.policy', 'PodDisruptionBudget', 'shop', 'web', {
  controller: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
});
const config = (name: string) => namespaced('configmaps', 'ConfigMap', 'shop', name);
const items: readonly BackupItem[] = [
  item('namespaces', 'Namespace', 'shop'),
  config('settings'),
  config('cache'),
  config('kube-root-ca.crt'),
  claim('shop', 'data'),
  volumeOf('pv', 'shop', 'data'),
  snapshotOf('shop', 'snap', 'data'),
  volumeOf('pv-elsewhere', 'other', 'data'),
  web,
  twice,
  replicaSet,
  budget,
  item('clusterroles.rbac.authorization.k8s.io', 'ClusterRole', 'admin', {
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
  }),
  namespaced('cronjobs.batch', 'CronJob', 'shop', 'nightly'),
];

function assigned(live: readonly BackupItem[] = []) {
  const there = new Map(
    live.map((one): [string, LiveObject] => [
      refKey(one),
      { name: one.name, labels: one.labels, createdAt: '2026-11-01T00:00:00Z' },
    ]),
  );
  return assign({
    plan,
    items,
    live: (ref) => there.get(refKey(ref)),
    restores: [],
    recovery: 'shop-12345678',
    firstWriteAt: now.toISOString(),
    veleroNamespace: 'velero',
  });
}

const fatesBy = (live: readonly BackupItem[] = []) =>
  Object.fromEntries(
    assigned(live).map(({ item: one, fate, places }) => [
      refText(one),
      [fate, ...places.map(({ step }) => step)].join(' '),
    ]),
  );

describe('what would become of each object of a Backup', () => {
  it('in an empty cluster: every object has a fate, and a step where one restores it', () => {
    expect(fatesBy()).toEqual({
      'Namespace shop': 'restored basics',
      'ConfigMap shop/settings': 'restored basics',
      'ConfigMap shop/cache': 'restored basics',
      'ConfigMap shop/kube-root-ca.crt': 'restored basics',
      'PersistentVolumeClaim shop/data': 'restored volumes',
      'PersistentVolume pv': 'restored volumes',
      'VolumeSnapshot shop/snap': 'restored volumes',
      'PersistentVolume pv-elsewhere': 'leftOver',
      'Deployment shop/web': 'restored web',
      'Deployment shop/twice': 'restored web again',
      'ReplicaSet shop/web-1': 'excluded',
      'PodDisruptionBudget shop/web': 'derived',
      'ClusterRole admin': 'restored basics',
      'CronJob shop/nightly': 'leftOver',
    });
  });

  it('in a cluster that has some of it: what came with it, what is usual, what is in the way', () => {
    const there = items.filter(({ kind, name }) => ['ConfigMap', 'ClusterRole'].includes(kind) || name === 'web');

    expect(fatesBy(there)).toMatchObject({
      'ClusterRole admin': 'platform basics',
      'ConfigMap shop/kube-root-ca.crt': 'usual basics',
      'ConfigMap shop/settings': 'inTheWay basics',
      'ConfigMap shop/cache': 'ignored basics',
      'Deployment shop/web': 'inTheWay web',
      'Deployment shop/twice': 'restored web again',
    });
  });

  it('is looked for where the step would put it', () => {
    const moved = planOf(['shop-dr'], [velero('namespaces', 'basics', { namespaceMapping: { shop: 'shop-dr' } })]);
    const there = config('settings');
    const [found] = assign({
      plan: moved,
      items: [there],
      live: ({ namespace }) =>
        namespace === 'shop-dr' ? { name: 'settings', labels: {}, createdAt: '2026-11-01T00:00:00Z' } : undefined,
      restores: [],
      recovery: 'shop-12345678',
      firstWriteAt: now.toISOString(),
      veleroNamespace: 'velero',
    });

    expect(found).toMatchObject({ fate: 'inTheWay', item: { namespace: 'shop' }, at: { namespace: 'shop-dr' } });
  });

  it('is told with the reason, by tier, and counted', () => {
    const objects = assigned();

    expect(objectsOf(objects).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'ClusterRole admin',
      'ConfigMap cache',
      'ConfigMap kube-root-ca.crt',
      'ConfigMap settings',
      'Namespace shop',
      'PersistentVolume pv',
      'PersistentVolumeClaim data',
      'VolumeSnapshot snap',
      'Deployment twice',
      'Deployment web',
      'CronJob nightly',
      'PersistentVolume pv-elsewhere',
      'PodDisruptionBudget web',
      'ReplicaSet web-1',
    ]);
    expect(objectsOf(objects).at(-1)).toMatchObject({
      fate: 'excluded',
      why: 'Deployment web makes it anew',
      steps: [],
    });
    expect(fatesOf(objects)).toMatchObject({ restored: 10, leftOver: 2, excluded: 1, ignored: 0, derived: 1 });
    expect(stepsSeen(plan, { objects, brought: [] })).toMatchObject([
      { name: 'basics', objects: 5, kinds: { ClusterRole: 1, ConfigMap: 3, Namespace: 1 } },
      { name: 'volumes', objects: 3 },
      { name: 'web', objects: 2, kinds: { Deployment: 2 } },
      { name: 'again', objects: 0 },
    ]);
  });
});
