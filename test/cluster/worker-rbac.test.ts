import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { kubectl } from '../../lab/api.ts';
import { ensureTools } from '../../lab/build.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { Access, KubeClient } from '../../src/kube/types.ts';
import { bookstoreNeeds, objectsIn } from '../support/worker-rbac.ts';

interface Kubeconfig {
  users: { user: object }[];
}

const account = 'rekindle-worker';
const objects = objectsIn('deploy/worker-rbac.yaml');
const inVelero = objects.some(({ metadata }) => metadata.namespace === 'velero');

describe('the manifests under deploy', () => {
  let folder: string;
  let admins: ClusterSource;
  let admin: KubeClient;
  let workers: ClusterSource;
  let worker: KubeClient;
  let madeVelero = false;

  beforeAll(async () => {
    const lab = inject('lab');
    folder = await mkdtemp(join(tmpdir(), 'rekindle-rbac-'));
    admins = clustersFromKubeconfig(lab.kubeconfig);
    admin = admins.client(lab.context);
    const velero = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'velero' } };
    madeVelero = inVelero && (await admin.get({ apiVersion: 'v1', kind: 'Namespace', name: 'velero' })) === undefined;
    for (const object of madeVelero ? [velero, ...objects] : objects)
      await admin.apply(object, { fieldManager: 'test' });
    // A login of its own, as a worker has it.
    const { kube } = await ensureTools(['kube'], () => undefined);
    const wanted = ['create', 'token', account, '--namespace', 'rekindle-system'];
    const token = (await kubectl({ kube, kubeconfig: lab.kubeconfig }, wanted)).trim();
    const config = parse(await readFile(lab.kubeconfig, 'utf8')) as Kubeconfig;
    for (const user of config.users) user.user = { token };
    const file = join(folder, 'kubeconfig');
    await writeFile(file, stringify(config));
    workers = clustersFromKubeconfig(file);
    worker = workers.client(lab.context);
  });
  afterAll(async () => {
    // The namespace rekindle-system is everybody's here: it stays.
    for (const { apiVersion, kind, metadata } of objects.filter(({ kind }) => kind !== 'Namespace'))
      await admin.remove({
        apiVersion,
        kind,
        name: metadata.name,
        ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
      });
    if (madeVelero) await admin.remove({ apiVersion: 'v1', kind: 'Namespace', name: 'velero' });
    await workers.close();
    await admins.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('grant all that a run of the bookstore does', async () => {
    const needs = await bookstoreNeeds();
    const lacking = async (): Promise<readonly Access[]> => {
      const answers = await Promise.all(needs.map(async (need) => ((await worker.may(need)) ? [] : [need])));
      return answers.flat();
    };

    expect(needs.length).toBeGreaterThan(100);
    // The controller puts the aggregated role together, and the authorizer hears of it, a moment later.
    await expect.poll(lacking, { timeout: 30_000, interval: 1_000 }).toEqual([]);
  });

  it.each<Access>([
    { verb: 'create', group: '', resource: 'secrets', namespace: 'shop-data' },
    { verb: 'create', group: '', resource: 'pods', namespace: 'shop-data' },
    { verb: 'delete', group: '', resource: 'persistentvolumeclaims', namespace: 'shop-data' },
    { verb: 'delete', group: '', resource: 'namespaces' },
    { verb: 'create', group: 'velero.io', resource: 'backups', namespace: 'velero' },
    { verb: 'delete', group: 'velero.io', resource: 'restores', namespace: 'velero' },
    { verb: 'create', group: 'velero.io', resource: 'restores', namespace: 'shop-data' },
    { verb: 'patch', group: 'apps', resource: 'deployments', namespace: 'shop-web' },
    { verb: 'get', group: '', resource: 'nodes/proxy' },
    { verb: 'create', group: '', resource: 'serviceaccounts/token', namespace: 'velero' },
    { verb: 'escalate', group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
    { verb: 'impersonate', group: '', resource: 'users' },
    { verb: '*', group: '*', resource: '*' },
  ])('do not grant $verb $resource', async (access) => {
    expect(await worker.may(access)).toBe(false);
  });

  it('are taken by the API server, the Deployment with its pods under the restricted policy', async () => {
    const [namespace, ...others] = objectsIn('deploy/worker.yaml');
    if (namespace === undefined) throw new Error('deploy/worker.yaml is empty');
    await admin.apply(namespace, { fieldManager: 'test' });
    try {
      for (const object of others) await admin.apply(object, { fieldManager: 'test', dryRun: true });
      const deployment = others.find(({ kind }) => kind === 'Deployment');
      const { template } = (deployment?.spec ?? {}) as { template: { spec: object } };
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'one', namespace: 'rekindle' },
        spec: template.spec,
      };
      const alone = { ...pod, spec: { ...pod.spec, serviceAccountName: 'default' } };

      await expect
        .poll(() => admin.create(alone, { dryRun: true }).then(() => 'taken', String), { timeout: 20_000 })
        .toBe('taken');
      const asRoot = { ...alone, spec: { ...alone.spec, securityContext: { runAsUser: 0 } } };
      await expect(admin.create(asRoot, { dryRun: true })).rejects.toThrow(/violates PodSecurity "restricted/);
    } finally {
      await admin.remove({ apiVersion: 'v1', kind: 'Namespace', name: 'rekindle' });
    }
  });
});
