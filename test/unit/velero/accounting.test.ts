import { describe, expect, it } from 'vitest';
import type { BackupItem } from '../../../src/model/backup.ts';
import { refKey } from '../../../src/model/verdict.ts';
import {
  type Account,
  account,
  type AccountingFacts,
  type OwnRestore,
  snapshotName,
} from '../../../src/velero/accounting.ts';
import type { LiveObject } from '../../../src/velero/live.ts';
import type { RestoredEntry } from '../../../src/velero/results.ts';
import { claim, contentOf, deployment, item, namespaced, snapshotOf, volumeOf } from './items.ts';

const firstWriteAt = '2026-11-21T10:00:00Z';
const before = '2026-11-21T09:00:00Z';
const after = '2026-11-21T10:05:00Z';

const own: OwnRestore = { name: 'bookstore-x-storage-volumes-g1', uid: 'uid-1', ofStep: true, entries: [] };
const other: OwnRestore = { name: 'bookstore-x-databases-orders-g1', uid: 'uid-2', ofStep: false };

function seen(of: BackupItem, more: Partial<LiveObject> = {}): [BackupItem, LiveObject] {
  return [of, { name: of.name, labels: {}, createdAt: after, ...more }];
}

const labelled = (restore: OwnRestore) => ({ labels: { 'velero.io/restore-name': restore.name } });

interface Case {
  readonly mapping?: NonNullable<AccountingFacts['mapping']>;
  readonly wanted: readonly BackupItem[];
  readonly live?: readonly [BackupItem, LiveObject][];
  readonly restores?: readonly OwnRestore[];
  readonly items?: readonly BackupItem[];
  readonly restored?: readonly BackupItem[];
  readonly ignore?: AccountingFacts['ignore'];
}

function accountOf(given: Case): Account[] {
  const live = new Map((given.live ?? []).map(([of, object]) => [refKey(of), object]));
  const restored = new Set((given.restored ?? given.wanted).map((of) => refKey(of)));
  return account({
    wanted: given.wanted,
    items: given.items ?? given.wanted,
    recovery: 'bookstore-x',
    restores: given.restores ?? [own],
    live: (ref) => live.get(refKey(ref)),
    isRestored: (of) => restored.has(refKey(of)),
    firstWriteAt,
    veleroNamespace: 'velero',
    ignore: given.ignore ?? [],
    ...(given.mapping ? { mapping: given.mapping } : {}),
  }).map((found) => found.account);
}

function entry(of: BackupItem, action: RestoredEntry['action'], name = of.name): RestoredEntry {
  return {
    apiVersion: of.apiVersion,
    kind: of.kind,
    ...(of.namespace ? { namespace: of.namespace } : {}),
    name,
    action,
  };
}

describe('accounting for what a step should have restored', () => {
  const web = deployment('shop', 'web');

  it('counts as created what the Restore says that it created', () => {
    expect(accountOf({ wanted: [web], restores: [{ ...own, entries: [entry(web, 'created')] }] })).toEqual(['created']);
  });

  it('counts as made earlier what another step of this recovery is written on', () => {
    expect(accountOf({ wanted: [web], restores: [own, other], live: [seen(web, labelled(other))] })).toEqual([
      'earlier',
    ]);
  });

  it.each(['failed', 'skipped'] as const)(
    'looks at the object, not at the word %s: somebody else made it',
    (action) => {
      expect(
        accountOf({ wanted: [web], restores: [{ ...own, entries: [entry(web, action)] }], live: [seen(web)] }),
      ).toEqual(['existing']);
    },
  );

  it('counts as made earlier what a step of another driver made in this recovery, but no claim', () => {
    const made = (recovery: string) => ({ labels: { 'rekindle.dev/recovery': recovery } });
    const data = claim('shop', 'data');
    expect(accountOf({ wanted: [web], live: [seen(web, made('bookstore-x'))] })).toEqual(['earlier']);
    expect(accountOf({ wanted: [web], live: [seen(web, made('bookstore-y'))] })).toEqual(['existing']);
    expect(accountOf({ wanted: [data], live: [seen(data, made('bookstore-x'))] })).toEqual(['existing']);
  });

  it('does not count an object that a Restore of another recovery is written on', () => {
    const live = [seen(web, { labels: { 'velero.io/restore-name': 'last-months-drill' } })];
    expect(accountOf({ wanted: [web], live })).toEqual(['existing']);
  });

  it('says missing where nothing is there and nothing was made', () => {
    expect(accountOf({ wanted: [web], restores: [{ ...own, entries: [entry(web, 'failed')] }] })).toEqual(['missing']);
  });

  it('passes what every namespace has by itself', () => {
    const root = namespaced('configmaps', 'ConfigMap', 'shop', 'kube-root-ca.crt');
    const account = namespaced('serviceaccounts', 'ServiceAccount', 'shop', 'default');
    const named = namespaced('serviceaccounts', 'ServiceAccount', 'shop', 'web');
    const live = [seen(root), seen(account), seen(named)];
    expect(accountOf({ wanted: [root, account, named], live })).toEqual(['usual', 'usual', 'existing']);
  });

  it('leaves out what the plan ignores, and only that', () => {
    const ignore = [{ kind: 'Deployment', namespace: 'shop', name: 'web' }];
    expect(accountOf({ wanted: [web, deployment('shop', 'api')], ignore })).toEqual(['ignored', 'missing']);
  });
});

describe('accounting under a namespace mapping', () => {
  const mapping = { shop: 'shop-dr' };
  const web = deployment('shop', 'web');
  const moved = deployment('shop-dr', 'web');

  it('looks where objects have landed, not where they came from', () => {
    expect(accountOf({ wanted: [web], mapping, restores: [{ ...own, entries: [entry(moved, 'created')] }] })).toEqual([
      'created',
    ]);
    expect(accountOf({ wanted: [web], mapping, live: [seen(web)] })).toEqual(['missing']);
    expect(accountOf({ wanted: [web], mapping, live: [seen(moved)] })).toEqual(['existing']);
  });

  it('takes owners, and what the plan ignores, by their names in the Backup', () => {
    const controller = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    const part = namespaced('secrets', 'Secret', 'shop', 'made-by-web', { controller });
    expect(accountOf({ wanted: [part], items: [web, part], restored: [web], mapping })).toEqual(['derived']);
    expect(accountOf({ wanted: [web], mapping, ignore: [{ kind: 'Deployment', namespace: 'shop' }] })).toEqual([
      'ignored',
    ]);
  });

  it('leaves the old volume to the old claim', () => {
    const volume = volumeOf('pv-1', 'shop', 'data');
    const data = claim('shop', 'data');
    const restores = [{ ...own, entries: [entry(claim('shop-dr', 'data'), 'created')] }];
    const live = [seen(volume, { createdAt: before })];
    expect(accountOf({ wanted: [data, volume], mapping, restores, live })).toEqual(['created', 'byClaim']);
    expect(accountOf({ wanted: [data, volume], restores, live })).toEqual(['missing', 'existing']);
  });
});

describe('accounting for the platform', () => {
  const old = { createdAt: before };
  const bootstrap = item('clusterroles.rbac.authorization.k8s.io', 'ClusterRole', 'view', {
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
  });
  const own = item('clusterroles.rbac.authorization.k8s.io', 'ClusterRole', 'orders-reader');
  const cases: [string, BackupItem, Account][] = [
    ['a bootstrap role', bootstrap, 'platform'],
    ['a role of the site', own, 'existing'],
    [
      'the role binding of Velero',
      item('clusterrolebindings.rbac.authorization.k8s.io', 'ClusterRoleBinding', 'velero', {
        labels: { component: 'velero' },
      }),
      'platform',
    ],
    [
      "Velero's definitions",
      item('customresourcedefinitions.apiextensions.k8s.io', 'CustomResourceDefinition', 'backups.velero.io'),
      'platform',
    ],
    [
      "an operator's definition",
      item('customresourcedefinitions.apiextensions.k8s.io', 'CustomResourceDefinition', 'backups.postgresql.cnpg.io'),
      'existing',
    ],
    [
      'a system priority class',
      item('priorityclasses.scheduling.k8s.io', 'PriorityClass', 'system-node-critical'),
      'platform',
    ],
    ['a storage class', item('storageclasses.storage.k8s.io', 'StorageClass', 'fast'), 'platform'],
    ['the namespace kube-system', item('namespaces', 'Namespace', 'kube-system'), 'platform'],
    ['a namespace of the site', item('namespaces', 'Namespace', 'shop'), 'existing'],
    ['a Deployment in it', deployment('shop', 'velero'), 'existing'],
  ];

  it.each(cases)('%s that was there before the first write', (_what, wanted, expected) => {
    expect(accountOf({ wanted: [wanted], live: [seen(wanted, old)] })).toEqual([expected]);
  });

  it('is no excuse for what appeared after the first write', () => {
    expect(accountOf({ wanted: [bootstrap], live: [seen(bootstrap)] })).toEqual(['existing']);
  });

  it('passes an APIService that the API server made for a restored definition', () => {
    const service = item('apiservices.apiregistration.k8s.io', 'APIService', 'v1.postgresql.cnpg.io');
    const automanaged = { labels: { 'kube-aggregator.kubernetes.io/automanaged': 'true' } };
    expect(accountOf({ wanted: [service], live: [seen(service, automanaged)] })).toEqual(['platform']);
    expect(accountOf({ wanted: [service], live: [seen(service)] })).toEqual(['existing']);
  });

  it('takes a Namespace younger than the first write for one of ours: Velero labels none', () => {
    const shop = item('namespaces', 'Namespace', 'shop');
    expect(accountOf({ wanted: [shop], live: [seen(shop)] })).toEqual(['earlier']);
  });
});

describe('accounting for what operators make', () => {
  const cluster = namespaced('clusters.postgresql.cnpg.io', 'Cluster', 'shop', 'orders', {
    apiVersion: 'postgresql.cnpg.io/v1',
  });
  const controller = { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', name: 'orders' };
  const service = namespaced('services', 'Service', 'shop', 'orders-rw', { controller });
  const owned = { controller: { kind: 'Cluster', name: 'orders' } };

  it('counts as derived what its restored owner makes anew', () => {
    const live = [seen(service, owned)];
    expect(accountOf({ wanted: [service], items: [service, cluster], restored: [service, cluster], live })).toEqual([
      'derived',
    ]);
  });

  it.each([
    ['its owner is not restored by the plan', { restored: [service], live: [seen(service, owned)] }],
    ['nobody owns it now', { restored: [service, cluster], live: [seen(service)] }],
    ['it was there before', { restored: [service, cluster], live: [seen(service, { ...owned, createdAt: before })] }],
  ])('does not where %s', (_why, given) => {
    expect(accountOf({ wanted: [service], items: [service, cluster], ...given })).toEqual(['existing']);
  });

  it('never counts a claim as derived: an empty one looks just the same', () => {
    const data = { ...claim('shop', 'orders-1'), controller };
    expect(
      accountOf({ wanted: [data], items: [data, cluster], restored: [data, cluster], live: [seen(data, owned)] }),
    ).toEqual(['existing']);
  });

  it('does not believe the label on a claim alone: an operator may have copied it from its resource', () => {
    const data = claim('shop', 'orders-1');
    const live = [seen(data, labelled(other))];
    const says = (action: RestoredEntry['action']) => [own, { ...other, entries: [entry(data, action)] }];

    expect(accountOf({ wanted: [data], live, restores: [own, { ...other, entries: [] }] })).toEqual(['existing']);
    expect(accountOf({ wanted: [data], live, restores: says('failed') })).toEqual(['existing']);
    expect(accountOf({ wanted: [data], live, restores: says('created') })).toEqual(['earlier']);
  });

  it('counts a claim of a Restore that died only where it was made from a snapshot of that very Restore', () => {
    const data = claim('shop', 'data');
    const taken = snapshotOf('shop', 'snap', 'data');
    const dead: OwnRestore = { name: 'bookstore-x-storage-data-g1', uid: 'uid-dead', ofStep: true };
    const madeFrom = (snapshot?: string): Account[] =>
      accountOf({
        wanted: [data],
        items: [data, taken],
        restores: [dead, own],
        live: [seen(data, { ...labelled(dead), ...(snapshot ? { snapshot } : {}) })],
      });

    expect(madeFrom(snapshotName('uid-dead', 'snap'))).toEqual(['created']);
    expect(madeFrom(snapshotName('uid-1', 'snap'))).toEqual(['existing']);
    expect(madeFrom('snap')).toEqual(['existing']);
    expect(madeFrom()).toEqual(['existing']);
  });

  it('does not believe the list where another claim took the place of the restored one', () => {
    const data = claim('shop', 'orders-1');
    expect(
      accountOf({
        wanted: [data],
        live: [seen(data, owned)],
        restores: [{ ...own, entries: [entry(data, 'created')] }],
      }),
    ).toEqual(['existing']);
  });
});

describe('accounting for volumes', () => {
  const data = claim('shop', 'data');
  const volume = volumeOf('pv-1', 'shop', 'data');
  const snapshot = snapshotOf('shop', 's-1', 'data');
  const content = contentOf('c-1', 'shop', 's-1');
  const madeClaim = {
    ...own,
    entries: [
      entry(data, 'created'),
      entry(volume, 'skipped'),
      entry(snapshot, 'created', snapshotName('uid-1', 's-1')),
      entry(content, 'created', snapshotName('uid-1', 's-1')),
    ],
  };
  const wanted = [data, volume, snapshot, content];

  it('counts a volume that is provisioned anew by its claim, and snapshots under their new names', () => {
    expect(accountOf({ wanted, restores: [madeClaim], live: [seen(data, labelled(own))] })).toEqual([
      'created',
      'byClaim',
      'created',
      'created',
    ]);
  });

  it('says missing where no Restore made the snapshot anew', () => {
    expect(accountOf({ wanted: [snapshot, content] })).toEqual(['missing', 'missing']);
  });

  it('does not excuse a volume whose claim is not restored with it', () => {
    expect(accountOf({ wanted: [volume] })).toEqual(['missing']);
  });

  it("names a volume of the same name that is somebody else's", () => {
    expect(
      accountOf({ wanted: [data, volume], restores: [madeClaim], live: [seen(data, labelled(own)), seen(volume)] }),
    ).toEqual(['created', 'existing']);
  });
});
