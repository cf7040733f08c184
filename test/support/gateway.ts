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
export type Ruling = 'pass' | 'swallow the answer' | 'unavailable' | 'expired' | 'too many requests';

const refusals: { readonly [Name in Ruling]?: { readonly code: number; readonly reason: string } } = {
  unavailable: { code: 503, reason: 'ServiceUnavailable' },
  expired: { code: 410, reason: 'Expired' },
  'too many requests': { code: 429, reason: 'TooManyRequests' },
};

export interface Gateway {
  readonly url: string;
  readonly passed: readonly Passed[];
  /** Decides over the requests from now on. */
  rule(ruling: (request: Passed) => Ruling): void;
  /** Settles when an answer has been swallowed for the first time since the last `rule`. */
  swallowed(): Promise<Passed>;
  /** Kubeconfig text whose contexts all go through this door. */
  kubeconfig(contexts: readonly string[]): string;
  /** All answers that are under way, watches that is, are cut off, or say nothing more without ending. */
  streams(what: 'cut' | 'silence'): void;
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
  const streams = new Set<{ readonly response: IncomingMessage; readonly answer: ServerResponse }>();

  const handle = (incoming: IncomingMessage, answer: ServerResponse): void => {
    const seen = { method: incoming.method ?? '', path: incoming.url ?? '' };
    passed.push(seen);
    const ruled = ruling(seen);
    const refusal = refusals[ruled];
    if (refusal !== undefined) {
      answer.writeHead(refusal.code, { 'content-type': 'application/json', 'retry-after': '1' });
      answer.end(
        JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', ...refusal, message: 'the door' }),
      );
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
      // A watch's head comes long before its first event.
      answer.flushHeaders();
      response.pipe(answer);
      const stream = { response, answer };
      streams.add(stream);
      answer.on('close', () => {
        streams.delete(stream);
        response.destroy();
      });
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
    streams: (what) => {
      for (const { response, answer } of streams) {
        if (what === 'cut') answer.destroy();
        else response.unpipe(answer).resume();
      }
    },
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
