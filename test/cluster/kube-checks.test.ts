import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { CheckContext } from '../../src/health/check.ts';
import { httpGet } from '../../src/health/checks/http-get.ts';
import { podStatus } from '../../src/health/checks/pod-status.ts';
import { resourceExists } from '../../src/health/checks/resource-exists.ts';
import { tcpSocket } from '../../src/health/checks/tcp-socket.ts';
import { exec } from '../../src/health/checks/exec.ts';
import { verdict } from '../../src/health/checks/verdict.ts';
import { clustersFromKubeconfig, type ClusterSource } from '../../src/kube/clusters.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { contextOf } from '../unit/health/check-kube.ts';
import '../support/provided.ts';

/**
 * Services whose endpoints are servers of this test: the API server's own proxy connects to them, so that what it says
 * about a refused, a foreign and a silent listener is the real thing.
 */
const lab = inject('lab');
const namespace = `kube-checks-${process.pid}`;
const servers: Server[] = [];
let clusters: ClusterSource;
let kube: KubeClient;

/** Waits until a controller has made something. */
async function untilThere(look: () => Promise<unknown>): Promise<void> {
  await vi.waitFor(
    async () => {
      if ((await look()) === undefined) throw new Error('no controller has made it');
    },
    { timeout: 20_000, interval: 100 },
  );
}

/** The API server's proxy refuses loopback addresses: an address that this machine has in a network. */
function hostAddress(): string {
  const found = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find((each) => each.family === 'IPv4' && !each.internal);
  if (found === undefined) throw new Error('this test needs a network interface beside loopback');
  return found.address;
}

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return address.port;
}

/**
 * A Service whose one pod has this machine's address, as its status says: the API server's proxy goes to pods alone. Its
 * endpoints are written here, since controllers pass over pods without a node; the slice is mirrored from them.
 */
async function makeService(name: string, port: number): Promise<void> {
  const metadata = { name, namespace };
  const ip = hostAddress();
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'main', image: 'none' }] } };
  const status = { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions: [{ type: 'Ready', status: 'True' }] };
  const addresses = [{ ip, targetRef: { kind: 'Pod', name, namespace } }];
  const subsets = [{ addresses, ports: [{ name: 'main', port }] }];
  await kube.create({ apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ name: 'main', port: 5432 }] } });
  await kube.create(pod);
  await kube.patch({ ...pod, name, namespace }, 'merge', { status }, { subresource: 'status' });
  await kube.create({ apiVersion: 'v1', kind: 'Endpoints', metadata, subsets });
  const slices = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' };
  const which = { namespace, labelSelector: `kubernetes.io/service-name=${name}` };
  await untilThere(async () => (await kube.list(slices, which)).items[0]);
}

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function context(attemptMs = 10_000): CheckContext {
  return { ...contextOf(kube, AbortSignal.timeout(attemptMs)), namespace };
}

beforeAll(async () => {
  clusters = clustersFromKubeconfig(lab.kubeconfig);
  kube = clusters.client(lab.context);
  await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'default' };
  await untilThere(() => kube.get(account));
  const web = createHttpServer((request, response) => {
    response.writeHead(request.url === '/broken' ? 500 : 200).end(`host ${request.headers.host ?? ''}`);
  });
  const greets = createServer((socket) => socket.on('error', () => undefined).write('5.7.1-secret-greeting\n'));
  const hangsUp = createServer((socket) => socket.on('error', () => undefined).once('data', () => socket.end()));
  const silent = createServer((socket) => socket.on('error', () => undefined).resume());
  await makeService('web', await listen(web));
  await makeService('greets', await listen(greets));
  await makeService('hangs-up', await listen(hangsUp));
  await makeService('silent', await listen(silent));
  await makeService('refuses', await closedPort());
  const spec = { ports: [{ name: 'main', port: 5432 }] };
  await kube.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'empty', namespace }, spec });
});
afterAll(async () => {
  await kube.remove({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
  await clusters.close();
  for (const server of servers) server.close();
});

describe('tcpSocket through a real API server', () => {
  it.each([
    { service: 'web', verdict: 'Healthy', reason: 'Answered' },
    { service: 'greets', verdict: 'Healthy', reason: 'Answered' },
    { service: 'hangs-up', verdict: 'Healthy', reason: 'Answered' },
    { service: 'refuses', verdict: 'Progressing', reason: 'ConnectionRefused' },
    { service: 'empty', verdict: 'Progressing', reason: 'NoEndpoints' },
    { service: 'nowhere', verdict: 'Missing', reason: 'NotFound' },
  ])('$service is $verdict, $reason', async ({ service, verdict, reason }) => {
    const seen = await tcpSocket.observe(context(), tcpSocket.spec.parse({ service, port: 'main' }));

    expect(seen).toMatchObject({ verdict, reason });
    expect(seen.message).not.toContain('secret');
  });

  it('does not know about a listener that accepts and keeps silent', async () => {
    const seen = await tcpSocket.observe(context(1000), tcpSocket.spec.parse({ service: 'silent', port: 5432 }));

    expect(seen).toMatchObject({ verdict: 'Unknown', reason: 'NoAnswer' });
  });
});

describe('httpGet through a real API server', () => {
  it('is answered, by number and by name, and the server sees the host', async () => {
    const byName = httpGet.spec.parse({
      service: 'web',
      port: 'main',
      host: 'shop.example',
      expect: { contains: 'host shop.example' },
    });
    const byNumber = httpGet.spec.parse({ service: 'web', port: 5432, path: '/broken', expect: { status: 500 } });

    expect(await httpGet.observe(context(), byName)).toMatchObject({ verdict: 'Healthy' });
    expect(await httpGet.observe(context(), byNumber)).toMatchObject({ verdict: 'Healthy' });
  });

  it.each([
    { more: { service: 'web', path: '/broken' }, verdict: 'Degraded', says: 'expected status 200, the answer was 500' },
    { more: { service: 'greets' }, verdict: 'Degraded', says: 'it answers, but not with HTTP' },
    { more: { service: 'refuses' }, verdict: 'Progressing', says: 'connection refused' },
    { more: { service: 'empty' }, verdict: 'Progressing', says: `Service ${namespace}/empty has no ready endpoint` },
    { more: { service: 'nowhere' }, verdict: 'Missing', says: 'not found' },
    { more: { service: 'web', port: 81 }, verdict: 'Degraded', says: 'the Service has no such port' },
    { more: { pod: 'nowhere' }, verdict: 'Missing', says: `there is no Pod nowhere in namespace ${namespace}` },
  ])('$more is $verdict: $says', async ({ more, verdict, says }) => {
    const seen = await httpGet.observe(context(), httpGet.spec.parse({ port: 5432, ...more }));

    expect(seen.verdict).toBe(verdict);
    expect(seen.message).toContain(says);
  });
});

describe('checks of objects on a real API server', () => {
  it('find what is there and say what is not', async () => {
    const service = { apiVersion: 'v1', kind: 'Service' };
    const look = (more: object) =>
      resourceExists.observe(context(), resourceExists.spec.parse({ ...service, ...more }));

    expect((await look({ name: 'web' })).verdict).toBe('Healthy');
    expect((await look({ atLeast: 6 })).verdict).toBe('Healthy');
    expect((await look({ atLeast: 7 })).message).toContain('found 6');
    expect((await look({ apiVersion: 'v9' })).message).toBe('the cluster does not serve the kind Service of v9');
  });

  it('judge pods that no node has taken', async () => {
    const metadata = { name: 'waits', namespace, labels: { app: 'waits' } };
    const containers = [{ name: 'main', image: 'none' }];
    await kube.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } });
    const podSelector = { app: 'waits' };

    const status = await podStatus.observe(context(), podStatus.spec.parse({ podSelector }));
    const ran = await exec.observe(context(), exec.spec.parse({ podSelector, command: ['true'] }));

    expect(status).toMatchObject({ verdict: 'Progressing', reason: 'PodsNotReady' });
    expect(ran).toMatchObject({ verdict: 'Progressing', reason: 'PodNotRunning' });
  });

  it('judge objects by the rules of the gates', async () => {
    const labels = { app: 'idle' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'none' }] } };
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'idle', namespace, labels } };
    await kube.create({ ...deployment, spec: { replicas: 1, selector: { matchLabels: labels }, template } });
    const look = (more: object) =>
      verdict.observe(context(), verdict.spec.parse({ apiVersion: 'apps/v1', kind: 'Deployment', ...more }));

    expect((await look({ name: 'idle' })).verdict).not.toBe('Healthy');
    expect((await look({ labelSelector: labels })).message).toContain(`Deployment ${namespace}/idle`);
    expect((await look({ name: 'gone' })).verdict).toBe('Missing');
    expect((await look({ name: 'gone', expect: 'Missing' })).verdict).toBe('Healthy');
  });
});
