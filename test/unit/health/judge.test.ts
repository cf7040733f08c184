import { describe, expect, it } from 'vitest';
import { judgeObjects } from '../../../src/health/judge.ts';
import { KubeError } from '../../../src/kube/error.ts';
import type { KubeClient, KubeObject } from '../../../src/kube/types.ts';
import type { ObjectRef } from '../../../src/model/verdict.ts';
import { fakeKube } from '../../support/fake-kube.ts';

const signal = new AbortController().signal;
const now = () => new Date('2026-11-20T12:00:00Z');

function configMap(name: string, namespace = 'shop'): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } };
}

function deployment(name: string, available: number): KubeObject {
  const counts = { replicas: 1, updatedReplicas: 1, readyReplicas: available, availableReplicas: available };
  const conditions = [{ type: 'Available', status: available > 0 ? 'True' : 'False' }];
  const selector = { matchLabels: { app: name } };
  const status = { observedGeneration: 1, ...counts, conditions };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop', generation: 1 },
    spec: { replicas: 1, selector },
    status,
  };
}

const crashing: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-1-x', namespace: 'shop', labels: { app: 'web' } },
  status: {
    phase: 'Running',
    containerStatuses: [
      {
        name: 'web',
        restartCount: 4,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
      },
    ],
  },
};

function refOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): ObjectRef {
  return namespace === undefined ? { apiVersion, kind, name } : { apiVersion, kind, namespace, name };
}

describe('judging objects of a cluster', () => {
  it('reads few objects one by one and many with one list for each kind and namespace', async () => {
    const many = Array.from({ length: 2_000 }, (_, index) => configMap(`settings-${index}`));
    const few = [configMap('a', 'other'), configMap('b', 'other')];
    const kube = fakeKube({ objects: [...many, ...few] });

    const judged = await judgeObjects(kube, [...many, ...few].map(refOf), { signal });

    expect(judged).toHaveLength(2_002);
    expect(judged.every(({ verdict, reason }) => verdict === 'Healthy' && reason === 'Exists')).toBe(true);
    expect(kube.requests.toSorted()).toEqual(['get ConfigMap other/a', 'get ConfigMap other/b', 'list ConfigMap shop']);
  });

  it('downloads no data of Secrets: the metadata says that they are there and what Helm noted', async () => {
    const record = (revision: number, status: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `sh.helm.release.v1.web.v${revision}`, namespace: 'shop', labels: { owner: 'helm', status } },
    });
    const records = [1, 2, 3, 4].map((revision) => record(revision, revision === 4 ? 'failed' : 'superseded'));
    const fake = fakeKube({ objects: records });
    const asked: unknown[] = [];
    const kube: KubeClient = {
      ...fake,
      list: (kind, options) => {
        asked.push([kind.kind, options?.metadataOnly]);
        return fake.list(kind, options);
      },
    };

    const judged = await judgeObjects(kube, records.map(refOf), { signal });

    expect(asked).toEqual([['Secret', true]]);
    expect(judged.map(({ verdict }) => verdict)).toEqual(['Healthy', 'Healthy', 'Healthy', 'Healthy']);
    expect(judged[3]).toMatchObject({ reason: 'HelmRecord', message: "Helm's note of release web revision 4: failed" });
  });

  it('takes references as they stream in, and each object once', async () => {
    const kube = fakeKube({ objects: [configMap('a')] });
    async function* refs(): AsyncGenerator<ObjectRef> {
      yield refOf(configMap('a'));
      await Promise.resolve();
      yield refOf(configMap('a'));
    }

    const judged = await judgeObjects(kube, refs(), { signal });

    expect(judged).toHaveLength(1);
  });

  it('calls an object that is not there Missing, also when it was looked for by a list', async () => {
    const objects = ['a', 'b', 'c', 'd', 'e'].map((name) => configMap(name));
    const kube = fakeKube({ objects: objects.slice(1) });

    const judged = await judgeObjects(kube, objects.map(refOf), { signal });
    const [single] = await judgeObjects(kube, [refOf(configMap('a'))], { signal });

    expect(judged[0]).toMatchObject({ name: 'a', verdict: 'Missing', reason: 'NotFound' });
    expect(judged.slice(1).every(({ verdict }) => verdict === 'Healthy')).toBe(true);
    expect(single).toMatchObject({ verdict: 'Missing', reason: 'NotFound' });
  });

  it('calls a kind that is not served Missing with its own reason', async () => {
    const kube = fakeKube({ absentKinds: ['Cluster'] });

    const [judged] = await judgeObjects(
      kube,
      [{ apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', namespace: 'shop', name: 'orders' }],
      { signal },
    );

    expect(judged).toMatchObject({ verdict: 'Missing', reason: 'KindNotServed' });
    expect(judged?.message).toContain('does not serve Cluster of postgresql.cnpg.io/v1');
  });

  it('looks for a kind at another version of its group when the Backup is older than the cluster', async () => {
    const budget: KubeObject = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web', namespace: 'shop', generation: 1 },
      status: { observedGeneration: 1 },
    };
    const fake = fakeKube({ objects: [budget] });
    const kube = {
      ...fake,
      resource: (kind: { readonly apiVersion: string; readonly kind: string }) =>
        kind.apiVersion === 'policy/v1' ? fake.resource(kind) : Promise.resolve(undefined),
    };

    const [judged] = await judgeObjects(kube, [{ ...refOf(budget), apiVersion: 'policy/v1beta1' }], { signal });

    expect(judged).toMatchObject({ apiVersion: 'policy/v1beta1', verdict: 'Healthy' });
  });

  it('looks for a kind beside the judged one at another version too: its rule names only one', async () => {
    const volume: KubeObject = {
      apiVersion: 'longhorn.io/v1beta1',
      kind: 'Volume',
      metadata: { name: 'pvc-1', namespace: 'longhorn-system', generation: 1 },
      spec: { fromBackup: 's3://b@eu/?backup=b-1&volume=pvc-1' },
      status: { state: 'attached', robustness: 'healthy', restoreInitiated: true, restoreRequired: true },
    };
    const engine: KubeObject = {
      apiVersion: 'longhorn.io/v1beta1',
      kind: 'Engine',
      metadata: { name: 'pvc-1-e-0', namespace: 'longhorn-system' },
      spec: { volumeName: 'pvc-1' },
      status: { restoreStatus: { 'tcp://10.0.0.1': { isRestoring: true, progress: 42 } } },
    };
    const fake = fakeKube({ objects: [volume, engine] });
    const served = ({ apiVersion }: { readonly apiVersion: string }): boolean => apiVersion !== 'longhorn.io/v1beta2';
    const kube: KubeClient = {
      ...fake,
      resource: (kind) => (served(kind) ? fake.resource(kind) : Promise.resolve(undefined)),
      list: (kind, options) =>
        served(kind)
          ? fake.list(kind, options)
          : Promise.reject(new KubeError('not served', { code: 404, reason: 'KindNotServed' })),
    };

    const [judged] = await judgeObjects(kube, [refOf(volume)], { signal });

    expect(judged).toMatchObject({ verdict: 'Progressing', reason: 'Restoring' });
    expect(judged?.message).toContain('42 %');
  });

  it('says which right is missing where it may not read', async () => {
    const kube = fakeKube({ objects: [configMap('a')], forbiddenKinds: ['ConfigMap'] });
    const names = ['a', 'b', 'c', 'd'];

    const [one] = await judgeObjects(kube, [refOf(configMap('a'))], { signal });
    const [many] = await judgeObjects(
      kube,
      names.map((name) => refOf(configMap(name))),
      { signal },
    );

    expect(one).toMatchObject({
      verdict: 'Unknown',
      reason: 'Forbidden',
      message: expect.stringContaining('may not get configmaps'),
    });
    expect(many).toMatchObject({
      verdict: 'Unknown',
      reason: 'Forbidden',
      message: expect.stringContaining('may not list configmaps'),
    });
  });

  it('makes no verdict of a cluster that does not answer', async () => {
    const kube = { ...fakeKube(), get: () => Promise.reject(new Error('no answer')) };

    await expect(judgeObjects(kube, [refOf(configMap('a'))], { signal })).rejects.toThrow('no answer');
  });

  it('asks for pods only where a workload is not healthy, and once for all of them', async () => {
    const healthyOnes = fakeKube({ objects: [deployment('web', 1), crashing] });
    const shortOnes = fakeKube({ objects: [deployment('web', 0), deployment('api', 0), crashing] });

    await judgeObjects(healthyOnes, [refOf(deployment('web', 1))], { signal, now });
    const judged = await judgeObjects(
      shortOnes,
      ['web', 'api'].map((name) => refOf(deployment(name, 0))),
      { signal, now },
    );

    expect(healthyOnes.requests).toEqual(['get Deployment shop/web']);
    expect(shortOnes.requests.filter((request) => request.startsWith('list'))).toEqual([
      'list Pod shop',
      'list ReplicaSet shop',
    ]);
    expect(judged[0]).toMatchObject({
      verdict: 'Degraded',
      reason: 'CrashLoopBackOff',
      message: expect.stringContaining('exit code 137 (OOMKilled), 4 restarts'),
    });
    expect(judged[1]).toMatchObject({ verdict: 'Progressing', reason: 'LessAvailable' });
  });

  it('keeps the verdict and says so when the pods behind it may not be read', async () => {
    const kube = fakeKube({ objects: [deployment('web', 0)], forbiddenKinds: ['Pod'] });

    const [judged] = await judgeObjects(kube, [refOf(deployment('web', 0))], { signal, now });

    expect(judged).toMatchObject({
      verdict: 'Progressing',
      reason: 'LessAvailable',
      message: expect.stringContaining('may not list'),
    });
  });

  it('does not call a kind healthy that has a status and none yet', async () => {
    const kube = fakeKube({
      objects: [{ apiVersion: 'widgets.example/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'shop' } }],
    });
    const statusless = fakeKube({
      objects: [{ apiVersion: 'widgets.example/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'shop' } }],
      statuslessKinds: ['Widget'],
    });
    const ref: ObjectRef = { apiVersion: 'widgets.example/v1', kind: 'Widget', namespace: 'shop', name: 'w' };

    expect(await judgeObjects(kube, [ref], { signal })).toMatchObject([{ verdict: 'Progressing', reason: 'NoStatus' }]);
    expect(await judgeObjects(statusless, [ref], { signal })).toMatchObject([{ verdict: 'Healthy', reason: 'Exists' }]);
  });
});
