import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/types.ts';
import { aPlan, aStep } from '../../support/fake-activities.ts';
import { drillRules, withoutDns } from '../../../src/velero/drill-rules.ts';
import { itemOf } from '../../../src/velero/inventory.ts';
import { drilled } from '../../../src/manifests/drilled.ts';

const ingress: KubeObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    ...{ name: 'web', namespace: 'shop' },
    annotations: { 'external-dns.alpha.kubernetes.io/hostname': 'a.example, b.example', 'other.example/keep': 'x' },
  },
  spec: { rules: [{ host: 'shop.example' }] },
};
const endpoint: KubeObject = {
  apiVersion: 'externaldns.k8s.io/v1alpha1',
  kind: 'DNSEndpoint',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { endpoints: [{ dnsName: 'shop.example', recordType: 'A', targets: ['192.0.2.1'] }] },
};
const cluster: KubeObject = {
  apiVersion: 'postgresql.cnpg.io/v1',
  kind: 'Cluster',
  metadata: { name: 'orders.db', namespace: 'shop' },
  spec: {
    instances: 1,
    backup: { barmanObjectStore: { destinationPath: 's3://live' } },
    plugins: [
      { name: 'other.example', enabled: true },
      { name: 'barman-cloud.cloudnative-pg.io', isWALArchiver: true, parameters: { barmanObjectName: 'live' } },
    ],
  },
};
const percona = (kind: string, apiVersion: string, backup: object): KubeObject => ({
  ...{ apiVersion, kind },
  metadata: { name: 'orders', namespace: 'shop' },
  spec: { crVersion: '1.17.0', ...backup },
});
const storages = { storages: { live: { type: 's3', s3: { bucket: 'live' } } } };
const xtradb = percona('PerconaXtraDBCluster', 'pxc.percona.com/v1', {
  backup: { image: 'x', pitr: { enabled: true, storageName: 'live' }, schedule: [{ name: 'daily' }], ...storages },
});
const mongodb = percona('PerconaServerMongoDB', 'psmdb.percona.com/v1', {
  backup: { enabled: true, pitr: { enabled: true }, tasks: [{ name: 'daily', storageName: 'live' }], ...storages },
});
const zalando: KubeObject = {
  ...{ apiVersion: 'acid.zalan.do/v1', kind: 'postgresql' },
  metadata: { name: 'acid-orders', namespace: 'shop' },
  spec: { numberOfInstances: 1, enableLogicalBackup: true },
};
const plan = aPlan({}, { drillOf: 'live' });
const items = [
  itemOf('ingresses.networking.k8s.io', ingress),
  itemOf('dnsendpoints.externaldns.k8s.io', endpoint),
  itemOf('clusters.postgresql.cnpg.io', cluster),
  itemOf('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'shop' } }),
];

type Rule = {
  readonly conditions: { readonly groupResource: string };
  readonly mergePatches?: { patchData: string }[];
};
const merges = (resource: string): unknown[] =>
  (drillRules({ recovery: 'shop-abcdefgh', plan, wanted: items }) as unknown as Rule[])
    .filter((rule) => rule.conditions.groupResource === resource)
    .flatMap(({ mergePatches = [] }) => mergePatches.map(({ patchData }) => JSON.parse(patchData) as unknown));

describe('the rules of a drill', () => {
  it('are none in a recovery', () => {
    expect(drillRules({ recovery: 'r', plan: aPlan({}), wanted: items })).toEqual([]);
  });

  it('take every plug-in away where rules of the plan may have brought an archiver', () => {
    const rule = { conditions: {}, mergePatches: [{ patchData: '{"spec":{"plugins":[{"name":"x"}]}}' }] };
    const step = { ...aStep('orders'), spec: { resourceModifiers: [rule] } };
    const rules = drillRules({ recovery: 'r', plan: aPlan({ databases: [step] }, { drillOf: 'live' }), wanted: items });
    const ofClusters = rules.filter(({ conditions }) => JSON.stringify(conditions).includes('postgresql.cnpg.io'));

    expect(ofClusters).toMatchObject([{ mergePatches: [{ patchData: '{"spec":{"backup":null,"plugins":null}}' }] }]);
  });

  it('keep every kind from acting that carries an annotation of external-dns', () => {
    const route: KubeObject = { ...ingress, apiVersion: 'new.example/v1', kind: 'Way' };
    const wanted = [itemOf('ways.new.example', route)];
    const rules = JSON.stringify(drillRules({ recovery: 'r', plan, wanted }));

    expect(rules).toContain('"groupResource":"ways.new.example"');
  });

  it('put its label on everything that is restored, whatever the group: ** goes past the dots', () => {
    expect(merges('**')).toEqual([{ metadata: { labels: { 'rekindle.dev/drill': 'shop-abcdefgh' } } }]);
  });

  it('keep external-dns away by its own switch, since host names are enough for it, and take its annotations', () => {
    expect(merges('ingresses.networking.k8s.io')).toEqual([
      {
        metadata: {
          annotations: {
            'external-dns.alpha.kubernetes.io/hostname': null,
            'external-dns.alpha.kubernetes.io/controller': 'rekindle-drill',
            'external-dns.kubernetes.io/controller': 'rekindle-drill',
          },
        },
      },
    ]);
    expect(merges('services')).toEqual([]);
  });

  it('take the backup of a CloudNativePG Cluster away, and switch off its archiver alone', () => {
    expect(merges('clusters.postgresql.cnpg.io')).toEqual([{ spec: { backup: null } }]);
    expect(drillRules({ recovery: 'r', plan, wanted: items })).toContainEqual({
      conditions: {
        groupResource: 'clusters.postgresql.cnpg.io',
        namespaces: ['shop'],
        resourceNameRegex: '^orders\\.db$',
      },
      patches: [
        { operation: 'add', path: '/spec/plugins/1/enabled', value: 'false' },
        { operation: 'add', path: '/spec/plugins/1/isWALArchiver', value: 'false' },
      ],
    });
  });

  it('take schedules and point-in-time logs from Percona’s clusters and logical backups from Zalando’s, and leave the storages', () => {
    const wanted = [
      itemOf('perconaxtradbclusters.pxc.percona.com', xtradb),
      itemOf('perconaservermongodbs.psmdb.percona.com', mongodb),
      itemOf('postgresqls.acid.zalan.do', zalando),
    ];
    const rules = drillRules({ recovery: 'r', plan, wanted }) as unknown as Rule[];
    const patches = Object.fromEntries(
      rules.map(({ conditions, mergePatches }) => [conditions.groupResource, mergePatches?.[0]?.patchData]),
    );

    expect(patches).toMatchObject({
      'perconaxtradbclusters.pxc.percona.com': '{"spec":{"backup":{"pitr":null,"schedule":null}}}',
      'perconaservermongodbs.psmdb.percona.com': '{"spec":{"backup":{"pitr":null,"tasks":null}}}',
      'postgresqls.acid.zalan.do': '{"spec":{"enableLogicalBackup":false}}',
    });
    expect(rules.map(({ conditions }) => conditions)).toContainEqual({
      groupResource: 'perconaxtradbclusters.pxc.percona.com',
      namespaces: ['shop'],
      resourceNameRegex: '^orders$',
    });
  });

  it('make no section backup where there is none: an empty one would not be valid', () => {
    const without = percona('PerconaXtraDBCluster', 'pxc.percona.com/v1', {});
    const wanted = [itemOf('perconaxtradbclusters.pxc.percona.com', without)];

    expect(JSON.stringify(drillRules({ recovery: 'r', plan, wanted }))).not.toContain('backup');
  });

  it('know what an object would ask of the DNS', () => {
    expect(items.map(({ facts }) => facts?.dns)).toEqual([
      ['a.example', 'b.example', 'shop.example'],
      ['shop.example A 192.0.2.1'],
      undefined,
      undefined,
    ]);
  });

  it('leave DNS records out of a Restore, and never leave a list empty, which would mean everything', () => {
    const dns = 'dnsendpoints.externaldns.k8s.io';

    expect(withoutDns({ includedResources: ['ingresses', dns], excludedResources: ['events'] })).toEqual({
      includedResources: ['ingresses'],
      excludedResources: [dns, 'events'],
    });
    expect(withoutDns({ excludedResources: ['events'] })).toEqual({ excludedResources: [dns, 'events'] });
    expect(withoutDns({ includedResources: [dns] })['includedResources']).toEqual([dns]);
  });
});

describe('manifests in a drill', () => {
  it('are applied without DNS records, with external-dns kept away, and without an archive', () => {
    const service: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } };
    const applied = drilled([ingress, endpoint, cluster, service]);

    expect(applied.map(({ kind }) => kind)).toEqual(['Ingress', 'Cluster', 'Service']);
    expect(applied[0]?.metadata.annotations).toEqual({
      'other.example/keep': 'x',
      'external-dns.alpha.kubernetes.io/controller': 'rekindle-drill',
      'external-dns.kubernetes.io/controller': 'rekindle-drill',
    });
    expect(applied[1]?.['spec']).toEqual({
      instances: 1,
      plugins: [
        { name: 'other.example', enabled: true },
        {
          name: 'barman-cloud.cloudnative-pg.io',
          isWALArchiver: false,
          enabled: false,
          parameters: { barmanObjectName: 'live' },
        },
      ],
    });
    expect(applied[2]?.metadata.annotations).toMatchObject({
      'external-dns.alpha.kubernetes.io/controller': 'rekindle-drill',
    });
  });

  it('lose what makes other operators write into an archive', () => {
    const [ofXtradb, ofMongodb, ofZalando] = drilled([xtradb, mongodb, zalando]).map(({ spec }) => spec);

    expect(ofXtradb).toEqual({ crVersion: '1.17.0', backup: { image: 'x', ...storages } });
    expect(ofMongodb).toEqual({ crVersion: '1.17.0', backup: { enabled: true, ...storages } });
    expect(ofZalando).toEqual({ numberOfInstances: 1, enableLogicalBackup: false });
  });
});
