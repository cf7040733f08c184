import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { clustersFromKubeconfig, type ClusterSource } from '../../src/kube/clusters.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import '../support/provided.ts';

const lab = inject('lab');
const namespace = `kube-client-${process.pid}`;
let clusters: ClusterSource;
let kube: KubeClient;

beforeAll(async () => {
  clusters = clustersFromKubeconfig(lab.kubeconfig);
  kube = clusters.client(lab.context);
  await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
});
afterAll(async () => {
  await kube.remove({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
  await clusters.close();
});

const kind = { apiVersion: 'v1', kind: 'ConfigMap' };
const refOf = (name: string) => ({ ...kind, namespace, name });
function configMap(name: string, data: { readonly [key: string]: string } = {}): KubeObject {
  return { ...kind, metadata: { name, namespace }, data };
}

describe('objects of a real API server', () => {
  it('are made, read, changed, replaced and removed', async () => {
    const made = await kube.create(configMap('life', { a: '1' }));
    const patched = await kube.patch(refOf('life'), 'merge', { data: { b: '2' } });
    const edited = await kube.patch(refOf('life'), 'json', [{ op: 'remove', path: '/data/a' }]);
    const replaced = await kube.replace({ ...edited, data: { c: '3' } });
    await kube.remove(refOf('life'), { uid: made.metadata.uid ?? '' });
    await kube.remove(refOf('life'));

    expect(patched['data']).toEqual({ a: '1', b: '2' });
    expect(edited['data']).toEqual({ b: '2' });
    expect(replaced['data']).toEqual({ c: '3' });
    expect(await kube.get(refOf('life'))).toBeUndefined();
  });

  it('are not touched by a dry run', async () => {
    const answer = await kube.create(configMap('dry'), { dryRun: true });

    expect(answer.metadata.name).toBe('dry');
    expect(await kube.get(refOf('dry'))).toBeUndefined();
  });

  it('are not overwritten by who was slower, nor removed under another uid', async () => {
    const first = await kube.create(configMap('race'));
    await kube.replace({ ...first, data: { winner: 'a' } });

    await expect(kube.replace({ ...first, data: { winner: 'b' } })).rejects.toMatchObject({
      code: 409,
      reason: 'Conflict',
    });
    await expect(kube.remove(refOf('race'), { uid: 'another' })).rejects.toMatchObject({ code: 409 });
    await expect(kube.create(configMap('race'))).rejects.toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: `cannot create ConfigMap ${namespace}/race: already exists`,
    });
  });

  it('are applied server-side, and a conflict names the other manager and the field', async () => {
    await kube.apply(configMap('applied', { a: '1' }), { fieldManager: 'somebody' });

    const call = kube.apply(configMap('applied', { a: '2' }), { fieldManager: 'rekindle' });

    await expect(call).rejects.toMatchObject({ code: 409, reason: 'Conflict' });
    await expect(call).rejects.toThrow('conflict with "somebody": .data.a');
    const forced = await kube.apply(configMap('applied', { a: '2' }), { fieldManager: 'rekindle', force: true });
    expect(forced['data']).toEqual({ a: '2' });
  });

  it('have a status of their own where the kind has one', async () => {
    const body = {
      status: {
        conditions: [{ type: 'Restored', status: 'True', reason: 'Test', lastTransitionTime: '2026-11-21T05:00:00Z' }],
      },
    };
    const status = await kube.patch({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, 'merge', body, {
      subresource: 'status',
    });

    expect(JSON.stringify(status['status'])).toContain('Restored');
    expect(await kube.resource({ apiVersion: 'apps/v1', kind: 'Deployment' })).toMatchObject({
      plural: 'deployments',
      namespaced: true,
      hasStatus: true,
    });
    expect(await kube.resource(kind)).toMatchObject({ hasStatus: false });
  });

  it('that cannot be made say why', async () => {
    const nowhere = { ...configMap('x'), metadata: { name: 'x', namespace: 'nowhere' } };
    const invalid = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'x', namespace },
      spec: { ports: [{ port: 0 }] },
    };

    const unplaced = await kube.create(nowhere).catch((error: unknown) => error);
    const refused = await kube.create(invalid).catch((error: unknown) => error);

    const words = 'cannot create ConfigMap nowhere/x: not found, namespaces "nowhere" does not exist';
    expect(unplaced).toMatchObject({ code: 404, reason: 'NotFound', message: words });
    expect(refused).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(String(refused)).toContain('spec.ports[0].port: Invalid value: 0');
  });

  it('are listed completely when they are more than a page', async () => {
    const names = Array.from({ length: 503 }, (_, nth) => `page-${nth}`);
    const makers = names.map((name) =>
      kube.create(
        { ...configMap(name), metadata: { name, namespace, labels: { page: 'yes' } } },
        { timeoutMs: 50_000 },
      ),
    );
    await Promise.all(makers);

    const { items, resourceVersion } = await kube.list(kind, { namespace, labelSelector: 'page=yes' });

    expect(new Set(items.map((each) => each.metadata.name)).size).toBe(503);
    expect(items.every((each) => each.kind === 'ConfigMap' && each.apiVersion === 'v1')).toBe(true);
    expect(Number(resourceVersion)).toBeGreaterThan(0);
  });
});

describe('watching a real API server', () => {
  it('sees every change since the list, and ends by its time', async () => {
    const { resourceVersion } = await kube.list(kind, { namespace });
    const changing = (async () => {
      await kube.create(configMap('seen'));
      await kube.patch(refOf('seen'), 'merge', { data: { a: '1' } });
      await kube.remove(refOf('seen'));
    })();

    const events: string[] = [];
    for await (const event of kube.watch(kind, {
      namespace,
      resourceVersion,
      fieldSelector: 'metadata.name=seen',
      timeoutMs: 2000,
    })) {
      if (event.type !== 'BOOKMARK') events.push(event.type);
    }

    await changing;
    expect(events).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  });

  it('ends at once when it is aborted while nothing happens', async () => {
    const { resourceVersion } = await kube.list(kind, { namespace });
    const startedAt = performance.now();
    const watching = (async () => {
      for await (const event of kube.watch(kind, { namespace, resourceVersion, signal: AbortSignal.timeout(300) }))
        expect(event).toBeDefined();
    })();

    await expect(watching).rejects.toMatchObject({ reason: 'Aborted' });
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});

describe('kinds that come and go', () => {
  const group = `shelves-${process.pid}.example`;
  const shelf = { apiVersion: `${group}/v1`, kind: 'Shelf' };
  const crd: KubeObject = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `shelves.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'shelves', singular: 'shelf', kind: 'Shelf', listKind: 'ShelfList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
            },
          },
        },
      ],
    },
  };

  it('are found once their CRD is there, lose no field of their schema, and are missed when it is gone', async () => {
    expect(await kube.resource(shelf)).toBeUndefined();
    await expect(kube.list(shelf)).rejects.toMatchObject({ reason: 'KindNotServed' });

    await kube.create(crd);
    await expect
      .poll(() => kube.resource(shelf), { timeout: 15_000 })
      .toMatchObject({ plural: 'shelves', hasStatus: true });
    const made = await kube.create({ ...shelf, metadata: { name: 'a', namespace }, spec: { anything: { goes: [1] } } });
    expect(made['spec']).toEqual({ anything: { goes: [1] } });
    expect(JSON.stringify(await kube.get({ ...crd, name: crd.metadata.name }))).toContain(
      '"x-kubernetes-preserve-unknown-fields":true',
    );
    expect((await kube.resources()).map((each) => each.kind)).toContain('Shelf');

    await kube.remove({ ...crd, name: crd.metadata.name });
    await expect
      .poll(
        () =>
          kube.list(shelf).then(
            () => 'served',
            (error: unknown) => String(error),
          ),
        { timeout: 15_000 },
      )
      .toBe(`KubeError: the cluster does not serve the kind Shelf of ${group}/v1`);
  });
});

describe('somebody without rights', () => {
  it('is told verb and resource', async () => {
    // Impersonation is the shortest way to a user who may do nothing.
    const config: { users: { user: object }[] } = parse(readFileSync(lab.kubeconfig, 'utf8'));
    const users = config.users.map((each) => ({ ...each, user: { ...each.user, as: 'nobody' } }));
    const path = join(lab.stateDir, `nobody-${process.pid}.kubeconfig`);
    writeFileSync(path, stringify({ ...config, users }), { mode: 0o600 });
    const nobody = clustersFromKubeconfig(path);

    const call = nobody.client(lab.context).list(kind, { namespace });

    await expect(call).rejects.toMatchObject({ code: 403, reason: 'Forbidden' });
    await expect(call).rejects.toThrow(
      `cannot list the ConfigMap objects in namespace ${namespace}: forbidden, configmaps is forbidden: User "nobody" cannot list resource "configmaps"`,
    );
    await nobody.close();
  });
});
