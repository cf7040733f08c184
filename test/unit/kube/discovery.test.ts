import { afterEach, describe, expect, it } from 'vitest';
import { readAggregated, readVersion } from '../../../src/kube/discovery.ts';
import { failure, reply, startFakeApi, type FakeApi } from './fake-api.ts';

const open: FakeApi[] = [];
afterEach(async () => {
  for (const api of open.splice(0)) await api.close();
});

const shelf = { apiVersion: 'shop.example/v1', kind: 'Shelf' };
const shelves = {
  resources: [
    { name: 'shelves', kind: 'Shelf', namespaced: true },
    { name: 'shelves/status', kind: 'Shelf' },
  ],
};

describe('discovery', () => {
  it('looks again for a kind that it does not know, and remembers one that it does', async () => {
    let isServed = false;
    const api = await startFakeApi((_seen, response) => {
      if (isServed) reply(response, 200, shelves);
      else reply(response, 404, failure(404, 'NotFound', 'the server could not find the requested resource'));
    });
    open.push(api);
    const kube = api.kube();

    expect(await kube.resource(shelf)).toBeUndefined();
    isServed = true;
    const found = await kube.resource(shelf);
    await kube.resource(shelf);

    expect(found).toEqual({ ...shelf, plural: 'shelves', namespaced: true, hasStatus: true });
    expect(api.seen).toHaveLength(2);
  });

  it('notices at a write that a kind came back with another scope', async () => {
    let namespaced = true;
    const api = await startFakeApi((seen, response) => {
      if (seen.method === 'GET') reply(response, 200, { resources: [{ name: 'shelves', kind: 'Shelf', namespaced }] });
      else if (seen.path.includes('/namespaces/')) reply(response, 404, failure(404, 'NotFound', ''));
      else reply(response, 201, { ...shelf, metadata: { name: 'a' } });
    });
    open.push(api);
    const kube = api.kube();
    await kube.resource(shelf);
    namespaced = false;

    const created = await kube.create({ ...shelf, metadata: { name: 'a', namespace: 'shop-web' } });

    expect(created.metadata.name).toBe('a');
    expect(api.seen.map((each) => each.method)).toEqual(['GET', 'POST', 'GET', 'POST']);
  });

  it('asks group by group where the API server has no aggregated discovery', async () => {
    const api = await startFakeApi((seen, response) => {
      const groups = [{ name: 'shop.example', preferredVersion: { groupVersion: 'shop.example/v1' } }];
      if (seen.path === '/api') reply(response, 200, { kind: 'APIVersions', versions: ['v1'] });
      else if (seen.path === '/apis') reply(response, 200, { kind: 'APIGroupList', groups });
      else reply(response, 200, shelves);
    });
    open.push(api);

    const kinds = (await api.kube().resources()).map((each) => `${each.apiVersion} ${each.kind} ${each.hasStatus}`);

    expect(kinds).toContain('v1 ConfigMap false');
    expect(kinds).toContain('v1 Pod true');
    expect(kinds).toContain('shop.example/v1 Shelf true');
  });

  it('takes subresources for no kinds of their own', () => {
    expect(readVersion('shop.example/v1', shelves)).toHaveLength(1);
  });

  it('prefers the first version of a group and keeps kinds that only a later one has', () => {
    const entry = (resource: string, kind: string, ...subresources: string[]): object => ({
      resource,
      responseKind: { kind },
      scope: 'Namespaced',
      subresources: subresources.map((subresource) => ({ subresource })),
    });
    const versions = [
      { version: 'v2', resources: [entry('shelves', 'Shelf', 'status', 'scale')] },
      { version: 'v1', resources: [entry('shelves', 'Shelf'), entry('carts', 'Cart', 'scale')] },
    ];

    const read = readAggregated({ items: [{ metadata: { name: 'shop.example' }, versions }] });

    expect(read.map((each) => `${each.apiVersion} ${each.kind} ${each.hasStatus}`)).toEqual([
      'shop.example/v2 Shelf true',
      'shop.example/v1 Cart false',
    ]);
  });
});
