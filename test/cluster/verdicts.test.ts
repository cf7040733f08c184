import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { lookAtGate } from '../../src/health/gate.ts';
import { judgeObjects } from '../../src/health/judge.ts';
import { clustersFromKubeconfig, type ClusterSource } from '../../src/kube/clusters.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import type { JudgedObject, ObjectRef } from '../../src/model/verdict.ts';
import '../support/provided.ts';

/** Verdicts on what a real API server and its controllers write. There is no scheduler and no kubelet here: no pod ever runs. */
const lab = inject('lab');
const suffix = `${process.pid}`;
const namespace = `verdicts-${suffix}`;
const group = `v${suffix}.example`;
const signal = AbortSignal.timeout(120_000);
let clusters: ClusterSource;
let kube: KubeClient;

function made(
  apiVersion: string,
  kind: string,
  name: string,
  rest: { readonly [field: string]: unknown } = {},
): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace }, ...rest };
}

async function create(object: KubeObject): Promise<ObjectRef> {
  const { apiVersion, kind, metadata } = await kube.create(object, { signal });
  const ref = { apiVersion, kind, name: metadata.name };
  return metadata.namespace === undefined ? ref : { ...ref, namespace: metadata.namespace };
}

async function verdictOf(ref: ObjectRef): Promise<JudgedObject> {
  const [judged] = await judgeObjects(kube, [ref], { signal });
  if (judged === undefined) throw new Error('not judged');
  return judged;
}

/** Waits until a controller has brought an object so far. */
async function becomes(ref: ObjectRef, expected: Partial<JudgedObject>): Promise<JudgedObject> {
  let judged: JudgedObject | undefined;
  await vi.waitFor(
    async () => {
      judged = await verdictOf(ref);
      expect(judged).toMatchObject(expected);
    },
    { timeout: 20_000, interval: 200 },
  );
  if (judged === undefined) throw new Error('not judged');
  return judged;
}

function workload(name: string): { readonly [field: string]: unknown } {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'nowhere.invalid/none:1' }] } };
  return { spec: { replicas: 1, selector: { matchLabels: labels }, template } };
}

function definition(kind: string, plural: string, status: 'subresource' | 'in the schema' | 'none'): KubeObject {
  const properties =
    status === 'none'
      ? { spec: { type: 'object' } }
      : { status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const subresources = status === 'subresource' ? { subresources: { status: {} } } : {};
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: 'object', properties } },
    ...subresources,
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope: 'Namespaced', names: { kind, plural }, versions: [version] },
  };
}

beforeAll(async () => {
  clusters = clustersFromKubeconfig(lab.kubeconfig);
  kube = clusters.client(lab.context);
  await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await vi.waitFor(async () => {
    const account = await kube.get({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'default' });
    if (account === undefined) throw new Error('no controller has made the account yet');
  }, 20_000);
});

afterAll(async () => {
  const everywhere = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
  for (const plural of ['engines', 'gadgets', 'gizmos', 'plains', 'rivals'])
    await kube.remove({ ...everywhere, name: `${plural}.${group}` });
  await kube.remove({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    name: group,
  });
  await kube.remove({ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', name: `v1.gone.${group}` });
  await kube.remove({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name: group });
  await kube.remove({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
  await clusters.close();
});

describe('verdicts on a real API server', () => {
  it('takes entries of a list for what they are, though they carry no kind', async () => {
    const refs = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) refs.push(await create(made('v1', 'ConfigMap', name)));

    const judged = await judgeObjects(kube, [...refs, { ...made('v1', 'ConfigMap', 'f'), namespace, name: 'f' }], {
      signal,
    });

    expect(judged.map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual([
      ...refs.map(() => 'Healthy Exists'),
      'Missing NotFound',
    ]);
  });

  it('says of a Deployment what its pods wait for', async () => {
    const ref = await create(made('apps/v1', 'Deployment', 'web', workload('web')));

    const judged = await becomes(ref, { verdict: 'Progressing', reason: 'LessAvailable' });

    expect(judged.message).toMatch(/^0 of 1 replicas available \(pod web-\S+: is Pending/u);
  });

  it('says of a Deployment that a quota refuses its pods', async () => {
    const small = `${namespace}-small`;
    await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: small } });
    const quota = await create({
      ...made('v1', 'ResourceQuota', 'none'),
      metadata: { name: 'none', namespace: small },
      spec: { hard: { pods: '0' } },
    });
    await becomes(quota, { verdict: 'Healthy', reason: 'Counted' });

    const ref = await create({
      ...made('apps/v1', 'Deployment', 'web', workload('web')),
      metadata: { name: 'web', namespace: small },
    });

    const judged = await becomes(ref, { verdict: 'Degraded', reason: 'FailedCreate' });
    expect(judged.message).toContain('exceeded quota');
    await kube.remove({ apiVersion: 'v1', kind: 'Namespace', name: small });
  });

  it('calls a job that runs Progressing', async () => {
    const template = {
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'nowhere.invalid/none:1' }] },
    };

    const ref = await create(made('batch/v1', 'Job', 'import', { spec: { template } }));

    const judged = await becomes(ref, { verdict: 'Progressing', reason: 'Running' });
    expect(judged.message).toContain('0 of 1 pods succeeded, 1 active');
  });

  it('knows a claim that waits for its first consumer, and lets no gate pass without a snapshot behind it', async () => {
    await create({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: group },
      provisioner: 'nowhere.example',
      volumeBindingMode: 'WaitForFirstConsumer',
    });
    const resources = { requests: { storage: '1Mi' } };
    const ref = await create(
      made('v1', 'PersistentVolumeClaim', 'data', {
        spec: { storageClassName: group, accessModes: ['ReadWriteOnce'], resources },
      }),
    );

    await becomes(ref, { verdict: 'Progressing', reason: 'WaitForFirstConsumer' });
    const gate = await lookAtGate({ kube, plan: { accept: [] }, tier: 'storage', refs: [ref], signal });

    expect(gate).toMatchObject({ passed: false, debts: [] });
    expect(gate.reason).toBe(
      `PersistentVolumeClaim ${namespace}/data: waits for its first consumer; names no snapshot: its volume would be empty`,
    );
  });

  it('counts a budget that has no pods yet as a debt', async () => {
    const ref = await create(
      made('policy/v1', 'PodDisruptionBudget', 'web', {
        spec: { minAvailable: 1, selector: { matchLabels: { app: 'nobody' } } },
      }),
    );

    await becomes(ref, { verdict: 'Progressing', reason: 'LessHealthy' });

    expect(await lookAtGate({ kube, plan: { accept: [] }, tier: 'applications', refs: [ref], signal })).toMatchObject({
      passed: true,
      debts: [{ name: 'web' }],
    });
  });

  it('is never content with a webhook that nobody answers, nor with an API service without pods', async () => {
    const clientConfig = { caBundle: 'Q0E=', service: { name: 'nobody', namespace } };
    const rules = [
      { apiGroups: [`hooked.${group}`], apiVersions: ['v1'], resources: ['things'], operations: ['CREATE'] },
    ];
    const webhook = {
      name: `hook.${group}`,
      clientConfig,
      rules,
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    };
    const hook = await create({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: group },
      webhooks: [webhook],
    });
    const spec = {
      group: `gone.${group}`,
      version: 'v1',
      service: { name: 'nobody', namespace },
      insecureSkipTLSVerify: true,
      groupPriorityMinimum: 100,
      versionPriority: 1,
    };
    const api = await create({
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `v1.gone.${group}` },
      spec,
    });

    const judgedHook = await becomes(hook, { verdict: 'Degraded', reason: 'NoReadyEndpoint' });
    const judgedApi = await becomes(api, { verdict: 'Progressing', reason: 'ServiceNotFound' });
    expect(judgedHook.message).toContain(`Service ${namespace}/nobody`);
    expect(judgedApi.message).toContain('nobody');
  });

  it('knows from the schema whether a custom kind has a status, with or without the subresource', async () => {
    for (const crd of [
      definition('Gadget', 'gadgets', 'subresource'),
      definition('Gizmo', 'gizmos', 'in the schema'),
      definition('Plain', 'plains', 'none'),
    ]) {
      await becomes(await create(crd), { verdict: 'Healthy', reason: 'Established' });
    }
    const kinds = ['Gadget', 'Gizmo', 'Plain'];
    await vi.waitFor(async () => {
      for (const kind of kinds) expect(await kube.resource({ apiVersion: `${group}/v1`, kind })).toBeDefined();
    }, 20_000);

    const refs = await Promise.all(kinds.map((kind) => create(made(`${group}/v1`, kind, 'x'))));
    const judged = await judgeObjects(kube, refs, { signal });

    expect(judged.map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual([
      'Progressing NoStatus',
      'Progressing NoStatus',
      'Healthy Exists',
    ]);
  });

  it("judges a kind that nobody knows by the plan's own rule, and by nothing without it", async () => {
    await becomes(await create(definition('Engine', 'engines', 'subresource')), { verdict: 'Healthy' });
    await vi.waitFor(async () => {
      expect(await kube.resource({ apiVersion: `${group}/v1`, kind: 'Engine' })).toBeDefined();
    }, 20_000);
    const ref = await create(made(`${group}/v1`, 'Engine', 'x'));
    const verdicts = [
      {
        group,
        kind: 'Engine',
        progressing: 'status.phase == "Starting"',
        degraded: 'status.phase == "Broken"',
        healthy: 'status.phase == "Up" && status.nodes + 1 == 4',
      },
    ];
    const gate = async (status: object) => {
      await kube.patch(ref, 'merge', { status }, { subresource: 'status', signal });
      return lookAtGate({ kube, plan: { accept: [], verdicts }, tier: 'databases', refs: [ref], signal });
    };

    expect(await gate({})).toMatchObject({ passed: false, waiting: [{ reason: 'NoStatus' }] });
    expect(await gate({ phase: 'Starting' })).toMatchObject({ passed: false, suspect: false });
    expect(await gate({ phase: 'Broken' })).toMatchObject({ passed: false, suspect: true, terminal: false });
    expect(await gate({ phase: 'Up' })).toMatchObject({ passed: false, waiting: [{ reason: 'RuleError' }] });
    expect(await gate({ phase: 'Up', nodes: 3 })).toMatchObject({ passed: true });
    expect(await judgeObjects(kube, [ref], { signal })).toMatchObject([{ verdict: 'Unknown', reason: 'NoRule' }]);
  });

  it('holds a definition whose names are taken, for good', async () => {
    const rival = definition('Gadget', 'rivals', 'none');

    const ref = await create(rival);

    await becomes(ref, { verdict: 'Degraded', reason: 'NamesNotAccepted' });
    expect(await lookAtGate({ kube, plan: { accept: [] }, tier: 'crds', refs: [ref], signal })).toMatchObject({
      passed: false,
      terminal: true,
    });
  });

  it('says that a kind is not served', async () => {
    const judged = await verdictOf({ apiVersion: `none.${group}/v1`, kind: 'Nothing', namespace, name: 'x' });

    expect(judged).toMatchObject({ verdict: 'Missing', reason: 'KindNotServed' });
  });

  it('sees a namespace that goes as Terminating, with what holds it', async () => {
    const name = `${namespace}-going`;
    const ref = await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const held = { name: 'held', namespace: name, finalizers: [`${group}/hold`] };
    const map = await create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: held });

    await kube.remove(ref);

    const judged = await becomes(ref, { verdict: 'Progressing', reason: 'Terminating' });
    expect(judged.message).toContain('held by kubernetes');
    await becomes(map, { verdict: 'Progressing', reason: 'Terminating' });
    await kube.patch(map, 'merge', { metadata: { finalizers: null } });
  });
});
