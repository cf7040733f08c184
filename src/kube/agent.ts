import { Agent, buildConnector, ProxyAgent, type Dispatcher } from 'undici';
import type { Login, TlsFacts } from './login.ts';

/** The keep-alive agent of one API server, made anew only when the TLS material changed. */
export interface AgentCache {
  of(login: Login): Dispatcher;
  close(): Promise<void>;
}

/** Idle sockets are kept this long: below the 90 s after which Go's servers close theirs. */
const keepAliveMs = 30_000;
const connectMs = 10_000;

/** Makes the cache; it holds one agent at a time, with at most so many connections. */
export function createAgentCache(connections: number): AgentCache {
  let held: { readonly key: string; readonly agent: Dispatcher } | undefined;
  return {
    of: (login) => {
      const key = keyOf(login);
      if (held?.key === key) return held.agent;
      // Requests under way on the old agent end in peace; nobody waits for them here.
      held?.agent.close().catch(() => undefined);
      held = { key, agent: createAgent(login, connections) };
      return held.agent;
    },
    close: async () => {
      const agent = held?.agent;
      held = undefined;
      await agent?.destroy();
    },
  };
}

function keyOf(login: Login): string {
  const { ca, cert, key, servername, rejectUnauthorized } = login.tls;
  return JSON.stringify([login.proxyUrl, String(ca), String(cert), String(key), servername, rejectUnauthorized]);
}

/** Time limits are the calls' own; HTTP/1.1, so that a watch that hangs never blocks another call's stream. */
const agentOptions = {
  keepAliveTimeout: keepAliveMs,
  headersTimeout: 0,
  bodyTimeout: 0,
  allowH2: false,
} as const;

function createAgent(login: Login, connections: number): Dispatcher {
  if (login.proxyUrl !== undefined) {
    return new ProxyAgent({
      ...agentOptions,
      connections,
      uri: login.proxyUrl,
      requestTls: { ...login.tls, timeout: connectMs },
    });
  }
  return new Agent({ ...agentOptions, connections, connect: fixedNameConnector(login.tls) });
}

/**
 * The name in the TLS handshake is always the API server's. Left alone, undici takes it from the `host` header, which is
 * the backend's in requests through the API server's proxies, and the certificate would not fit.
 */
function fixedNameConnector(tls: TlsFacts): buildConnector.connector {
  const connect = buildConnector({ ...tls, timeout: connectMs, allowH2: false });
  return (options, callback) => {
    connect({ ...options, servername: tls.servername ?? '' }, callback);
  };
}
