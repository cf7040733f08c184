import { describe, expect, it } from 'vitest';
import { httpGet } from '../../../src/health/checks/http-get.ts';
import { tcpSocket } from '../../../src/health/checks/tcp-socket.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import { answer, contextOf, fakeKube, kubeError, pod, service, slice } from './check-kube.ts';

describe('tcpSocket', () => {
  const spec = tcpSocket.spec.parse({ service: 'orders', port: 5432 });
  const ready = [service('orders'), slice('orders', true)];

  it.each([
    { objects: [], verdict: 'Missing', reason: 'NotFound', says: 'Service shop-data/orders is not there' },
    {
      objects: [service('orders')],
      verdict: 'Progressing',
      reason: 'NoEndpoints',
      says: 'Service shop-data/orders has no ready endpoint',
    },
    {
      objects: [service('orders'), slice('orders', false, false)],
      verdict: 'Progressing',
      reason: 'NoEndpoints',
      says: 'among its 2',
    },
    {
      objects: [service('orders'), slice('other', true)],
      verdict: 'Progressing',
      reason: 'NoEndpoints',
      says: 'no ready endpoint',
    },
    {
      objects: [service('orders', { ports: [{ port: 80, name: 'web' }, { port: 81 }] }), slice('orders', true)],
      verdict: 'Degraded',
      reason: 'NoSuchPort',
      says: 'has no port 5432; it has 80 (web), 81',
    },
    {
      objects: [service('orders', { ports: [{ port: 5432, protocol: 'UDP' }] })],
      verdict: 'Degraded',
      reason: 'NotTcp',
      says: 'is a UDP port',
    },
    {
      objects: [service('orders', { type: 'ExternalName' })],
      verdict: 'Degraded',
      reason: 'ExternalName',
      says: 'outside the cluster',
    },
  ])('sends nothing when it can say already: $reason', async ({ objects, verdict, reason, says }) => {
    const seen = await tcpSocket.observe(contextOf(fakeKube({ objects })), spec);

    expect(seen).toMatchObject({ verdict, reason });
    expect(seen.message).toContain(says);
  });

  it.each([
    { proxyGet: () => Promise.resolve(answer(404)), verdict: 'Healthy', reason: 'Answered' },
    { proxyGet: () => Promise.reject(kubeError('NotHttp', 503)), verdict: 'Healthy', reason: 'Answered' },
    {
      proxyGet: () => Promise.reject(kubeError('ConnectionRefused', 503)),
      verdict: 'Progressing',
      reason: 'ConnectionRefused',
    },
    {
      proxyGet: () => Promise.reject(kubeError('PodUnreachable', 503)),
      verdict: 'Progressing',
      reason: 'PodUnreachable',
    },
    { proxyGet: () => Promise.reject(kubeError('NoEndpoints', 503)), verdict: 'Progressing', reason: 'NoEndpoints' },
    { proxyGet: () => Promise.reject(kubeError('Aborted')), verdict: 'Unknown', reason: 'NoAnswer' },
    { proxyGet: () => Promise.reject(kubeError('Forbidden', 403)), verdict: 'Unknown', reason: 'Forbidden' },
    { proxyGet: () => Promise.reject(kubeError('Unreachable')), verdict: 'Unknown', reason: 'Unreachable' },
  ] satisfies readonly { proxyGet: KubeClient['proxyGet']; verdict: string; reason: string }[])(
    'tells who listens from who does not: $reason',
    async ({ proxyGet, verdict, reason }) => {
      const seen = await tcpSocket.observe(contextOf(fakeKube({ objects: ready, proxyGet })), spec);

      expect(seen).toMatchObject({ verdict, reason });
    },
  );

  it('finds a port by its name, and takes an unset readiness for ready', async () => {
    const objects = [service('orders'), slice('orders', undefined)];
    const kube = fakeKube({ objects, proxyGet: () => Promise.resolve(answer(200)) });

    expect(
      (await tcpSocket.observe(contextOf(kube), tcpSocket.spec.parse({ service: 'orders', port: 'postgres' }))).verdict,
    ).toBe('Healthy');
  });

  it.each([
    { service: 'orders' },
    { service: 'orders', port: 0 },
    { service: 'orders', port: 70_000 },
    { port: 80 },
    { service: 'Orders', port: 80 },
  ])('is refused as %o', (raw) => {
    expect(tcpSocket.spec.safeParse(raw).success).toBe(false);
  });
});

describe('httpGet', () => {
  const base = { service: 'web', namespace: 'shop-web', port: 8080 };

  it.each([
    { expect: undefined, got: answer(200), verdict: 'Healthy', says: 'status 200, as expected' },
    {
      expect: undefined,
      got: answer(503, 'stack trace'),
      verdict: 'Degraded',
      says: 'expected status 200, the answer was 503',
    },
    { expect: { status: [200, 302] }, got: answer(302), verdict: 'Healthy', says: 'status 302' },
    { expect: { status: 401 }, got: answer(200), verdict: 'Degraded', says: 'expected status 401, the answer was 200' },
    { expect: { contains: 'ok' }, got: answer(200, 'all ok'), verdict: 'Healthy', says: 'as expected' },
    {
      expect: { contains: 'ok' },
      got: answer(200, 'secret'),
      verdict: 'Degraded',
      says: 'does not hold the expected text',
    },
    {
      expect: { matches: '"orders":\\s*[1-9]' },
      got: answer(200, '{"orders": 12}'),
      verdict: 'Healthy',
      says: 'as expected',
    },
    {
      expect: { matches: '"orders":\\s*[1-9]' },
      got: answer(200, '{"orders": 0}'),
      verdict: 'Degraded',
      says: 'does not match',
    },
  ])('$expect over $got.status $got.body is $verdict', async ({ expect: wanted, got, verdict, says }) => {
    const kube = fakeKube({ proxyGet: () => Promise.resolve(got) });
    const spec = httpGet.spec.parse({ ...base, ...(wanted === undefined ? {} : { expect: wanted }) });

    const seen = await httpGet.observe(contextOf(kube), spec);

    expect(seen.verdict).toBe(verdict);
    expect(seen.message).toContain(says);
    expect(seen.message).not.toMatch(/secret|stack trace/);
  });

  it('hands on where and how it is asked', async () => {
    const asked: object[] = [];
    const proxyGet: KubeClient['proxyGet'] = (target) => {
      asked.push(target);
      return Promise.resolve(answer(200));
    };
    const kube = fakeKube({ objects: [pod('a', { ready: false }), pod('b')], proxyGet });

    await httpGet.observe(
      contextOf(kube),
      httpGet.spec.parse({ ...base, scheme: 'https', host: 'shop.example', path: '/healthz' }),
    );
    await httpGet.observe(contextOf(kube), httpGet.spec.parse({ podSelector: { app: 'orders-db' }, port: 9187 }));

    expect(asked).toEqual([
      {
        kind: 'Service',
        namespace: 'shop-web',
        name: 'web',
        port: 8080,
        path: '/healthz',
        scheme: 'https',
        host: 'shop.example',
      },
      { kind: 'Pod', namespace: 'shop-data', name: 'b', port: 9187, path: '/' },
    ]);
  });

  it.each([
    { reason: 'NoEndpoints', verdict: 'Progressing' },
    { reason: 'ConnectionRefused', verdict: 'Progressing' },
    { reason: 'NotFound', verdict: 'Missing' },
    { reason: 'NotHttp', verdict: 'Degraded' },
    { reason: 'NoSuchPort', verdict: 'Degraded' },
    { reason: 'Aborted', verdict: 'Unknown' },
    { reason: 'Timeout', verdict: 'Unknown' },
  ])('$reason is $verdict', async ({ reason, verdict }) => {
    const kube = fakeKube({ proxyGet: () => Promise.reject(kubeError(reason)) });

    expect((await httpGet.observe(contextOf(kube), httpGet.spec.parse(base))).verdict).toBe(verdict);
  });

  it.each([
    { more: { pod: 'web-0' } },
    { more: { service: undefined } },
    { more: { path: 'healthz' } },
    { more: { path: '/../../secrets' } },
    { more: { path: '/%2E%2e/x' } },
    { more: { scheme: 'ftp' } },
    { more: { expect: { status: 42 } } },
    { more: { expect: { status: [] } } },
    { more: { expect: { matches: '[' } } },
    { more: { port: 'WEB' } },
  ])('is refused with $more', ({ more }) => {
    expect(httpGet.spec.safeParse({ ...base, ...more }).success).toBe(false);
  });

  it.each([
    { expect: undefined, asserts: false },
    { expect: { status: 200 }, asserts: false },
    { expect: { matches: '.*' }, asserts: false },
    { expect: { matches: '"orders":[1-9]' }, asserts: true },
    { expect: { contains: 'The Hobbit' }, asserts: true },
  ])('asserts data with $expect: $asserts', ({ expect: wanted, asserts }) => {
    const spec = httpGet.spec.parse({ ...base, ...(wanted === undefined ? {} : { expect: wanted }) });

    expect(httpGet.expectsData?.(spec)).toBe(asserts);
  });
});
