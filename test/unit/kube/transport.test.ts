import { afterEach, describe, expect, it } from 'vitest';
import { createKubeClient } from '../../../src/kube/client.ts';
import { loginSource } from '../../../src/kube/login.ts';
import { retryAfterMs } from '../../../src/kube/transport.ts';
import type { KubeObject } from '../../../src/kube/types.ts';
import {
  configMap,
  failure,
  kubeconfigOf,
  portOf,
  reply,
  startFakeApi,
  type FakeApi,
  type Handler,
} from './fake-api.ts';

const open: FakeApi[] = [];
async function serve(handler: Handler): Promise<FakeApi> {
  const api = await startFakeApi(handler);
  open.push(api);
  return api;
}
afterEach(async () => {
  for (const api of open.splice(0)) await api.close();
});

const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop-web', name: 'a' };
const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'shop-web' } };

describe('calls to the API server', () => {
  it('keep their connection: twenty of them need no more than two', async () => {
    const api = await serve((_seen, response) => reply(response, 200, configMap('a')));
    const kube = api.kube();

    for (let call = 0; call < 20; call += 1) await kube.get(ref);

    expect(api.seen).toHaveLength(20);
    // The second is opened when a call follows so fast that the first is not yet back in the pool.
    expect(api.connectionCount()).toBeLessThanOrEqual(2);
  });

  it('wait as long as Retry-After says, a POST too, since 429 was not carried out', async () => {
    const api = await serve((_seen, response, nth) => {
      if (nth === 1) reply(response, 429, failure(429, 'TooManyRequests', 'slow down'), { 'retry-after': '1' });
      else reply(response, 201, configMap('a'));
    });
    const startedAt = performance.now();

    await api.kube().create(object);

    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
    expect(api.seen.map((each) => each.method)).toEqual(['POST', 'POST']);
  });

  it('fail at once when Retry-After is beyond the time limit', async () => {
    const api = await serve((_seen, response) =>
      reply(response, 429, failure(429, 'TooManyRequests', 'slow down'), { 'retry-after': '60' }),
    );
    const startedAt = performance.now();

    const call = api.kube().get(ref);

    await expect(call).rejects.toMatchObject({ code: 429, reason: 'TooManyRequests' });
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it.each([500, 502, 503, 504])('try a GET again after %i', async (code) => {
    const api = await serve((_seen, response, nth) => {
      if (nth < 3) reply(response, code, failure(code, 'InternalError', 'etcd leader changed'));
      else reply(response, 200, configMap('a'));
    });

    const got = await api.kube().get(ref);

    expect(got?.metadata.name).toBe('a');
    expect(api.seen).toHaveLength(3);
  });

  it('do not repeat a POST or a JSON patch after a 503 or a reset: it may have been carried out', async () => {
    const refused = await serve((_seen, response) => reply(response, 503, failure(503, 'ServiceUnavailable', 'busy')));
    const reset = await serve((_seen, response) => response.socket?.destroy());

    await expect(refused.kube().create(object)).rejects.toMatchObject({ code: 503 });
    await expect(reset.kube().create(object)).rejects.toMatchObject({ code: 0, reason: 'Unreachable' });
    await expect(reset.kube().patch(ref, 'json', [])).rejects.toMatchObject({ reason: 'Unreachable' });

    expect(refused.seen).toHaveLength(1);
    expect(reset.seen.map((each) => each.method)).toEqual(['POST', 'PATCH']);
  });

  it('repeat a GET and a server-side apply after a connection reset', async () => {
    const api = await serve((_seen, response, nth) => {
      if (nth % 2 === 1) response.socket?.destroy();
      else reply(response, 200, configMap('a'));
    });
    const kube = api.kube();

    await kube.get(ref);
    await kube.apply(object, { fieldManager: 'rekindle', force: true });

    expect(api.seen.map((each) => each.method)).toEqual(['GET', 'GET', 'PATCH', 'PATCH']);
    expect(api.seen[3]?.headers['content-type']).toBe('application/apply-patch+yaml');
    expect(api.seen[3]?.query.toString()).toBe('fieldManager=rekindle&force=true');
  });

  it('repeat even a POST while nobody listens, since nothing was sent', async () => {
    const probe = await startFakeApi(() => undefined);
    const port = portOf(probe.server);
    const kube = probe.kube();
    await kube.resource({ apiVersion: 'v1', kind: 'ConfigMap' });
    await new Promise((resolve) => {
      probe.server.close(resolve);
      probe.server.closeAllConnections();
    });
    const call = kube.create(object);

    await new Promise((resolve) => setTimeout(resolve, 400));
    open.push(await startFakeApi((_seen, response) => reply(response, 201, configMap('a')), port));

    expect((await call).metadata.name).toBe('a');
    await kube.close();
  });

  it('end at their time limit when the API server hangs, and say so in one sentence', async () => {
    const api = await serve(() => undefined);
    const startedAt = performance.now();

    const call = api.kube().get(ref, { timeoutMs: 300 });

    await expect(call).rejects.toMatchObject({
      code: 0,
      reason: 'Timeout',
      message: `cannot get ConfigMap shop-web/a: no answer from ${api.address} within 0.3 s`,
    });
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });

  it('end at their time limit while an answer trickles', async () => {
    const api = await serve((_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"apiVersion":');
    });

    await expect(api.kube().get(ref, { timeoutMs: 300 })).rejects.toMatchObject({ reason: 'Timeout' });
  });

  it('end at once when their caller aborts, in the answer and in the pause between two attempts', async () => {
    const hanging = await serve(() => undefined);
    const busy = await serve((_seen, response) => reply(response, 503, {}, { 'retry-after': '5' }));

    for (const api of [hanging, busy]) {
      const startedAt = performance.now();
      const call = api.kube().get(ref, { signal: AbortSignal.timeout(100) });

      await expect(call).rejects.toMatchObject({ code: 0, reason: 'Aborted' });
      expect(performance.now() - startedAt).toBeLessThan(1500);
    }
  });

  it('read the kubeconfig anew once after a 401', async () => {
    const api = await serve((seen, response) => {
      if (seen.headers.authorization === 'Bearer token-2') reply(response, 200, configMap('a'));
      else reply(response, 401, failure(401, 'Unauthorized', 'Unauthorized'));
    });
    let token = 1;
    const kube = createKubeClient(loginSource('fake', () => kubeconfigOf(api.address, `token-${token++}`)));

    await kube.get(ref);
    await kube.get(ref);

    // Discovery met the 401 before; both requests carry the new token.
    expect(api.seen.map((each) => each.headers.authorization)).toContain('Bearer token-2');
    expect(api.seen.length).toBeLessThanOrEqual(3);
    await kube.close();
  });

  it('say one sentence when the credentials stay refused, without the token', async () => {
    const api = await serve((_seen, response) => reply(response, 401, failure(401, 'Unauthorized', 'token-1 is bad')));

    const error = await api.kube().get(ref).then(String, String);

    expect(error).toContain('the API server does not accept the credentials of the kubeconfig');
    expect(error).not.toContain('token-1');
    expect(api.seen).toHaveLength(2);
  });
});

describe('what a call that failed says', () => {
  it.each([
    {
      code: 403,
      body: failure(403, 'Forbidden', 'configmaps "a" is forbidden: User "x" cannot patch resource "configmaps"'),
      says: 'cannot patch ConfigMap shop-web/a: forbidden, configmaps "a" is forbidden: User "x" cannot patch resource "configmaps"',
      reason: 'Forbidden',
    },
    {
      code: 404,
      body: failure(404, 'NotFound', 'configmaps "a" not found', { kind: 'configmaps', name: 'a' }),
      says: 'cannot patch ConfigMap shop-web/a: not found',
      reason: 'NotFound',
    },
    {
      code: 404,
      body: failure(404, 'NotFound', 'namespaces "shop-web" not found', { kind: 'namespaces', name: 'shop-web' }),
      says: 'cannot patch ConfigMap shop-web/a: not found, namespaces "shop-web" does not exist',
      reason: 'NotFound',
    },
    {
      code: 422,
      body: failure(422, 'Invalid', 'data.x: Invalid value:\n  too long'),
      says: 'cannot patch ConfigMap shop-web/a: invalid, data.x: Invalid value: too long',
      reason: 'Invalid',
    },
    {
      code: 418,
      body: '<html>secret page</html>',
      says: 'cannot patch ConfigMap shop-web/a: the API server answered 418 Http418',
      reason: 'Http418',
    },
  ])('names verb and object: $code $reason', async ({ code, body, says, reason }) => {
    const api = await serve((_seen, response) => reply(response, code, body));

    const call = api.kube().patch(ref, 'merge', { data: {} });

    await expect(call).rejects.toMatchObject({ code, reason, message: says });
  });

  it('repeats nothing of what was said about a Secret', async () => {
    const api = await serve((_seen, response) =>
      reply(response, 422, failure(422, 'Invalid', 'data[password]: Invalid value: "hunter2"')),
    );

    const error = await api
      .kube()
      .create({ ...object, kind: 'Secret' })
      .then(String, String);

    expect(error).toBe('KubeError: cannot create Secret shop-web/a: the API server answered 422 Invalid');
  });

  it('is cut when an admission webhook writes a novel', async () => {
    const api = await serve((_seen, response) => reply(response, 403, failure(403, 'Forbidden', 'no '.repeat(5000))));

    const error = await api.kube().get(ref).then(String, String);

    expect(error.length).toBeLessThan(600);
  });

  it('is an answer for objects that are not there: undefined to get, nothing to remove', async () => {
    const api = await serve((_seen, response) => reply(response, 404, failure(404, 'NotFound', 'not found')));
    const kube = api.kube();

    expect(await kube.get(ref)).toBeUndefined();
    expect(await kube.get({ ...ref, apiVersion: 'shop.example/v1', kind: 'Shelf' })).toBeUndefined();
    expect(await kube.remove(ref)).toBeUndefined();
  });

  it('names the kind that is not served', async () => {
    const api = await serve((_seen, response) => reply(response, 404, failure(404, 'NotFound', '')));

    const call = api.kube().list({ apiVersion: 'shop.example/v1', kind: 'Shelf' });

    await expect(call).rejects.toMatchObject({
      reason: 'KindNotServed',
      message: 'the cluster does not serve the kind Shelf of shop.example/v1',
    });
  });

  it('refuses a namespaced object without a namespace and a name that leads elsewhere', async () => {
    const api = await serve((_seen, response) => reply(response, 200, configMap('a')));
    const kube = api.kube();

    await expect(kube.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'a' })).rejects.toThrow('has no namespace');
    await expect(kube.get({ ...ref, name: '..' })).rejects.toThrow('cannot be the name');
    expect(api.seen).toHaveLength(0);
  });
});

describe('lists', () => {
  it('are read page by page, and built-in objects get their kind back', async () => {
    const api = await serve((seen, response) => {
      const isFirst = seen.query.get('continue') === null;
      const item = { metadata: { name: isFirst ? 'a' : 'b', namespace: 'shop-web' } };
      reply(response, 200, {
        metadata: { resourceVersion: '7', ...(isFirst ? { continue: 'next' } : {}) },
        items: [item],
      });
    });

    const list = await api.kube().list(ref, { namespace: 'shop-web', labelSelector: 'app=web' });

    expect(list.resourceVersion).toBe('7');
    expect(list.items.map((each) => `${each.apiVersion} ${each.kind} ${each.metadata.name}`)).toEqual([
      'v1 ConfigMap a',
      'v1 ConfigMap b',
    ]);
    expect(api.seen.map((each) => each.query.get('limit'))).toEqual(['500', '500']);
    expect(api.seen[0]?.path).toBe('/api/v1/namespaces/shop-web/configmaps');
  });

  it('start again in one piece when a page has become too old', async () => {
    const api = await serve((seen, response) => {
      if (seen.query.get('continue') !== null) reply(response, 410, failure(410, 'Expired', 'too old'));
      else {
        const isWhole = seen.query.get('limit') === null;
        const items = (isWhole ? ['a', 'b'] : ['a']).map((name) => ({ metadata: { name } }));
        reply(response, 200, { metadata: { resourceVersion: '9', ...(isWhole ? {} : { continue: 'old' }) }, items });
      }
    });

    const list = await api.kube().list(ref);

    expect(list.items).toHaveLength(2);
    expect(list.resourceVersion).toBe('9');
  });
});

describe('Retry-After', () => {
  it.each([
    { value: undefined, ms: undefined },
    { value: '3', ms: 3000 },
    { value: 'Sat, 21 Nov 2026 05:00:10 GMT', ms: 10_000 },
    { value: 'soon', ms: undefined },
  ])('$value is $ms ms', ({ value, ms }) => {
    expect(retryAfterMs(value, Date.parse('2026-11-21T05:00:00Z'))).toBe(ms);
  });
});
