import { afterEach, describe, expect, it } from 'vitest';
import { proxyError } from '../../../src/kube/proxy.ts';
import { failure, reply, startFakeApi, type FakeApi } from './fake-api.ts';

const open: FakeApi[] = [];
afterEach(async () => {
  for (const api of open.splice(0)) await api.close();
});

const web = { kind: 'Service', namespace: 'shop-web', name: 'web', port: 8080, path: '/healthz?full=1' } as const;

describe('a request through the API server to a Service or Pod', () => {
  it('names scheme, name and port in its path and carries the host on', async () => {
    const api = await startFakeApi((_seen, response) => reply(response, 200, { ok: true }));
    open.push(api);

    const answer = await api.kube().proxyGet({ ...web, scheme: 'https', host: 'shop.example' });

    expect(answer).toMatchObject({ status: 200, body: '{"ok":true}' });
    expect(api.seen[0]?.path).toBe('/api/v1/namespaces/shop-web/services/https:web:8080/proxy/healthz');
    expect(api.seen[0]?.query.get('full')).toBe('1');
    expect(api.seen[0]?.headers.host).toBe('shop.example');
  });

  it('takes every status of the backend for an answer, once', async () => {
    const api = await startFakeApi((_seen, response) => reply(response, 503, { error: 'no database' }));
    open.push(api);

    const answer = await api.kube().proxyGet({ ...web, kind: 'Pod', name: 'web-0' });

    expect(answer.status).toBe(503);
    expect(api.seen.map((each) => each.path)).toEqual(['/api/v1/namespaces/shop-web/pods/web-0:8080/proxy/healthz']);
  });

  it.each(['/../../../secrets', '/a/../../x', '/%2e%2e/%2e%2e/pods', '..'])(
    'does not leave the Service by the path %s',
    async (path) => {
      const api = await startFakeApi((_seen, response) => reply(response, 200, {}));
      open.push(api);

      await expect(api.kube().proxyGet({ ...web, path })).rejects.toThrow('leads out of the Service');
      expect(api.seen).toHaveLength(0);
    },
  );

  it.each([
    ['dial tcp 10.244.0.9:5432: connect: connection refused', 'ConnectionRefused'],
    ['dial tcp 10.244.0.9:5432: connect: no route to host', 'PodUnreachable'],
    ['dial tcp 10.244.0.9:5432: i/o timeout', 'PodUnreachable'],
    ['EOF', 'NotHttp'],
    ['read tcp 10.0.0.1:33->10.244.0.9:5432: read: connection reset by peer', 'NotHttp'],
    ['net/http: HTTP/1.x transport connection broken: malformed HTTP response "-ERR secret"', 'NotHttp'],
    ['tls: first record does not look like a TLS handshake', 'NotHttp'],
  ])('tells a listener from none: %s', (said, reason) => {
    const body = JSON.stringify(failure(503, 'ServiceUnavailable', `error trying to reach service: ${said}`));

    const error = proxyError({ verb: 'get', object: 'port 5432 of Service shop-data/orders' }, 503, body);

    expect(error?.reason).toBe(reason);
    expect(error?.message).not.toContain('secret');
  });

  it.each([
    [503, 'ServiceUnavailable', 'no endpoints available for service "web"', 'NoEndpoints'],
    [503, 'ServiceUnavailable', 'no service port "81" found for service "web"', 'NoSuchPort'],
    [404, 'NotFound', 'services "web" not found', 'NotFound'],
    [403, 'Forbidden', 'cannot get resource "services/proxy"', 'Forbidden'],
  ])('tells what the API server says for itself: %i %s, %s', (code, reason, message, ours) => {
    const error = proxyError({ verb: 'get', object: 'x' }, code, JSON.stringify(failure(code, reason, message)));

    expect(error?.reason).toBe(ours);
  });

  it('leaves a backend its own errors', () => {
    expect(proxyError({ verb: 'get', object: 'x' }, 500, '{"error":"boom"}')).toBeUndefined();
    expect(proxyError({ verb: 'get', object: 'x' }, 404, 'not found')).toBeUndefined();
  });
});
