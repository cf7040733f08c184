/** A door before a real API server, on loopback, that can hold back an answer: the way to kill a worker at an exact point. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { stringify } from 'yaml';

/** A request that came through, by what matters for a test. */
export interface Passed {
  readonly method: string;
  readonly path: string;
}

/** What happens with a request: it passes, or the API server does it and its answer never comes back. */
export type Ruling = 'pass' | 'swallow the answer' | 'unavailable';

export interface Gateway {
  readonly url: string;
  readonly passed: readonly Passed[];
  /** Decides over the requests from now on. */
  rule(ruling: (request: Passed) => Ruling): void;
  /** Settles when an answer has been swallowed for the first time since the last `rule`. */
  swallowed(): Promise<Passed>;
  /** Kubeconfig text whose contexts all go through this door. */
  kubeconfig(contexts: readonly string[]): string;
  close(): Promise<void>;
}

/** Opens the door to the cluster of a kubeconfig. */
export async function openGateway(kubeconfigPath: string): Promise<Gateway> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (!cluster || !user) throw new Error(`kubeconfig ${kubeconfigPath} has no current cluster and user`);
  const text = (data: string | undefined) => (data ? Buffer.from(data, 'base64') : undefined);
  const agent = new Agent({
    keepAlive: true,
    ca: text(cluster.caData),
    cert: text(user.certData),
    key: text(user.keyData),
  });
  const passed: Passed[] = [];
  let ruling: (request: Passed) => Ruling = () => 'pass';
  let swallow = Promise.withResolvers<Passed>();

  const handle = (incoming: IncomingMessage, answer: ServerResponse): void => {
    const seen = { method: incoming.method ?? '', path: incoming.url ?? '' };
    passed.push(seen);
    const ruled = ruling(seen);
    if (ruled === 'unavailable') {
      answer.writeHead(503, { 'content-type': 'text/plain' }).end('no');
      return;
    }
    const target = new URL(incoming.url ?? '/', cluster.server);
    const headers = { ...incoming.headers, host: target.host };
    const upstream = httpsRequest(target, { method: seen.method, headers, agent }, (response) => {
      if (ruled === 'swallow the answer') {
        response.resume().on('end', () => swallow.resolve(seen));
        return;
      }
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
      answer.on('close', () => response.destroy());
    });
    upstream.on('error', () => answer.destroy());
    incoming.pipe(upstream);
  };

  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    passed,
    rule: (next) => {
      ruling = next;
      swallow = Promise.withResolvers<Passed>();
    },
    swallowed: () => swallow.promise,
    kubeconfig: (contexts) =>
      stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'gateway', cluster: { server: url } }],
        users: [{ name: 'nobody', user: {} }],
        contexts: contexts.map((name) => ({ name, context: { cluster: 'gateway', user: 'nobody' } })),
        'current-context': contexts[0],
      }),
    close: async () => {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
