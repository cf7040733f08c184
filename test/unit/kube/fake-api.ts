import { KubeConfig } from '@kubernetes/client-node';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createKubeClient } from '../../../src/kube/client.ts';
import { loginSource } from '../../../src/kube/login.ts';
import type { KubeClient, KubeObject } from '../../../src/kube/types.ts';

/** A request as the fake API server got it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What the fake API server does with a request; discovery of core and apps is answered before it is asked. */
export type Handler = (seen: Seen, response: ServerResponse, nth: number) => void;

/** A server on loopback that speaks as much of the API as a test writes down. */
export interface FakeApi {
  readonly address: string;
  readonly server: Server;
  /** All requests but those of discovery. */
  readonly seen: readonly Seen[];
  connectionCount(): number;
  kube(): KubeClient;
  close(): Promise<void>;
}

/** Answers with JSON. */
export function reply(
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: { readonly [name: string]: string } = {},
): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** A `Status` as API servers send it. */
export function failure(code: number, reason: string, message: string, details: object = {}): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details };
}

/** A ConfigMap of namespace shop-web. */
export function configMap(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop-web', resourceVersion: '1' } };
}

/** Starts the server; `port` 0 takes any. */
export async function startFakeApi(handler: Handler, port = 0): Promise<FakeApi> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  let connectionCount = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://fake');
      const { pathname: path, searchParams: query } = url;
      if (answerDiscovery(path, response)) return;
      const entry = { method: request.method ?? '', path, query, headers: request.headers, body };
      seen.push(entry);
      handler(entry, response, seen.length);
    });
  });
  server.on('connection', (socket) => {
    connectionCount += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${portOf(server)}`;
  const clients: KubeClient[] = [];
  return {
    address,
    server,
    seen,
    connectionCount: () => connectionCount,
    kube: () => {
      const client = createKubeClient(loginSource('fake', () => kubeconfigOf(address)));
      clients.push(client);
      return client;
    },
    close: async () => {
      for (const client of clients) await client.close();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The port that a server got. */
export function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return address.port;
}

/** A kubeconfig with one context `fake` and a token. */
export function kubeconfigOf(server: string, token = 'token-1'): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'c', server }],
    users: [{ name: 'u', token }],
    contexts: [{ name: 'fake', cluster: 'c', user: 'u' }],
    currentContext: 'fake',
  });
  return config;
}

function answerDiscovery(path: string, response: ServerResponse): boolean {
  if (path === '/api/v1') {
    const names = ['configmaps ConfigMap', 'secrets Secret', 'pods Pod', 'pods/status Pod', 'services Service'];
    reply(response, 200, { kind: 'APIResourceList', groupVersion: 'v1', resources: names.map(entryOf) });
    return true;
  }
  if (path !== '/apis/apps/v1') return false;
  const names = ['deployments Deployment', 'deployments/status Deployment'];
  reply(response, 200, { kind: 'APIResourceList', groupVersion: 'apps/v1', resources: names.map(entryOf) });
  return true;
}

function entryOf(text: string): object {
  const [name, kind] = text.split(' ');
  return { name, kind, namespaced: true };
}
