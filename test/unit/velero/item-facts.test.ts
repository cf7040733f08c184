import { describe, expect, it } from 'vitest';
import { goDurationMs } from '../../../src/preflight/go-duration.ts';
import { bytesText, quantityOf } from '../../../src/kube/quantity.ts';
import { flagOf } from '../../../src/preflight/velero-facts.ts';
import { registryOf } from '../../../src/preflight/families/images.ts';
import { itemFacts } from '../../../src/velero/item-facts.ts';

const object = (apiVersion: string, kind: string, spec: object, more: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name: 'x', namespace: 'shop' },
  spec,
  ...more,
});

const container = (image: string, cpu?: string, memory?: string, more: object = {}) => ({
  name: 'c',
  image,
  ...(cpu ? { resources: { requests: { cpu, memory } } } : {}),
  ...more,
});

describe('what an object asks of the cluster', () => {
  it('is read from a workload: requests, class and claims', () => {
    const template = {
      spec: {
        priorityClassName: 'gold',
        initContainers: [
          container('lost.test/init:1', '2', '10Mi'),
          container('lost.test/proxy:1', '100m', '64Mi', { restartPolicy: 'Always' }),
        ],
        containers: [container('lost.test/web:1', '250m', '1Gi'), container('nginx')],
        volumes: [
          { name: 'd', persistentVolumeClaim: { claimName: 'data' } },
          { name: 'e', emptyDir: {} },
        ],
      },
    };
    const spec = { replicas: 3, template, volumeClaimTemplates: [{ metadata: { name: 'log' } }] };

    expect(itemFacts(object('apps/v1', 'StatefulSet', spec))).toEqual({
      // The init container is larger than both containers, and runs beside the sidecar.
      pods: { count: 3, cpuMilli: 2100, memoryBytes: 1024 ** 3 + 64 * 1024 ** 2 },
      priorityClass: 'gold',
      claims: ['data'],
      claimTemplates: ['log'],
    });
  });

  it.each([
    ['Deployment', { template: { spec: { containers: [] } } }, { count: 1 }],
    ['Deployment', { replicas: 0, template: { spec: { containers: [] } } }, { count: 0 }],
    ['DaemonSet', { template: { spec: { containers: [] } } }, { count: 1, perNode: true }],
  ])('counts the pods of a %s: %j', (kind, spec, pods) => {
    expect(itemFacts(object('apps/v1', kind, spec)).pods).toEqual({ cpuMilli: 0, memoryBytes: 0, ...pods });
  });

  it('counts a CronJob as none: it has no pods until its hour', () => {
    const spec = { jobTemplate: { spec: { template: { spec: { containers: [container('a:1')] } } } } };

    expect(itemFacts(object('batch/v1', 'CronJob', spec))).toMatchObject({ pods: { count: 0 } });
  });

  it.each([
    ['a Service inside', object('v1', 'Service', { type: 'ClusterIP' }), {}],
    ['a LoadBalancer', object('v1', 'Service', { type: 'LoadBalancer' }), { serviceType: 'LoadBalancer' }],
    ['a NodePort', object('v1', 'Service', { type: 'NodePort' }), { serviceType: 'NodePort' }],
    [
      'a claim',
      object('v1', 'PersistentVolumeClaim', { resources: { requests: { storage: '10Gi' } } }),
      { sizeBytes: 10 * 1024 ** 3 },
    ],
    [
      'a definition',
      object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
        group: 'g.test',
        versions: [
          { name: 'v1', served: true },
          { name: 'v1beta1', served: false },
        ],
      }),
      { serves: ['g.test/v1'] },
    ],
    [
      'a resource of an operator',
      object('postgresql.cnpg.io/v1', 'Cluster', { imageName: 'lost.test/postgresql:17' }),
      { images: ['lost.test/postgresql:17'] },
    ],
    ['a Secret', { ...object('v1', 'Secret', {}), data: { image: 'aHVudGVyMg==' } }, {}],
    ['a ConfigMap', { ...object('v1', 'ConfigMap', { image: 'x' }), data: { image: 'x' } }, {}],
  ])('of %s', (_what, given, facts) => {
    expect(itemFacts(given)).toEqual(facts);
  });

  it('reads webhooks as the API server defaults them, those that are asked about creating', () => {
    const service = { namespace: 'guard', name: 'guard' };
    const rules = [
      { operations: ['CREATE', 'UPDATE'], apiGroups: ['apps', ''], resources: ['deployments', 'pods/status'] },
    ];
    const webhooks = [
      { name: 'a.test', clientConfig: { service }, rules },
      { name: 'b.test', clientConfig: { url: 'https://b.test' }, failurePolicy: 'Ignore', rules },
      { name: 'c.test', clientConfig: { service }, rules: [{ ...rules[0], operations: ['DELETE'] }] },
    ];

    const { webhooks: read } = itemFacts(
      object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', {}, { webhooks }),
    );

    expect(read).toMatchObject([
      {
        name: 'ValidatingWebhookConfiguration x: a.test',
        failsClosed: true,
        service,
        creates: ['apps/deployments', '/deployments'],
        scope: '*',
      },
      { failsClosed: false },
    ]);
    expect(read?.[1]?.service).toBeUndefined();
  });
});

describe('a quantity', () => {
  it.each([
    ['500m', 0.5],
    ['1', 1],
    ['1.5Gi', 1.5 * 1024 ** 3],
    ['1e3', 1000],
    ['1E', 1e18],
    ['100k', 100_000],
    [2, 2],
    ['1 Gi', undefined],
    ['Gi', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %j', (text, number) => {
    expect(quantityOf(text)).toBe(number);
  });

  it.each([
    [0, '0'],
    [1536, '1.5Ki'],
    [10 * 1024 ** 3, '10Gi'],
  ])('%j bytes read %j', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
});

describe('a Go duration', () => {
  it.each([
    ['1m0s', 60_000],
    ['1h30m', 5_400_000],
    ['0', 0],
    ['0s', 0],
    ['1.5s', 1500],
    ['5', undefined],
    ['often', undefined],
    ['1m often', undefined],
  ])('%j is %j ms', (text, ms) => {
    expect(goDurationMs(text)).toBe(ms);
  });
});

describe('an argument', () => {
  it.each([
    [['server', '--a=1'], '1'],
    [['server', '--a', '2'], '2'],
    [['--ab=3'], undefined],
    [['--a'], undefined],
  ])('%j', (args, value) => {
    expect(flagOf(args, 'a')).toBe(value);
  });
});

describe('the registry of an image', () => {
  it.each([
    ['nginx', 'docker.io'],
    ['library/nginx:1', 'docker.io'],
    ['docker.io/library/nginx', 'docker.io'],
    ['lost.test/web@sha256:00', 'lost.test'],
    ['localhost/web', 'localhost'],
    ['registry:5000/web', 'registry:5000'],
  ])('%j: %j', (image, registry) => {
    expect(registryOf(image)).toBe(registry);
  });
});
