import { KubeConfig } from '@kubernetes/client-node';
import type { Agent } from 'node:http';
import type { RequestOptions } from 'node:https';
import { KubeError } from './error.ts';

/** TLS material as node takes it. */
export interface TlsFacts {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** All that is needed to talk to one API server, for the moment: tokens and certificates may be replaced. */
export interface Login {
  readonly server: URL;
  readonly headers: { readonly [name: string]: string };
  readonly tls: TlsFacts;
  readonly proxyUrl: string | undefined;
  /** Goes through that proxy; for WebSockets. */
  readonly proxyAgent: Agent | undefined;
}

/** Where logins come from. */
export interface LoginSource {
  readonly context: string;
  /** The API server's address, for messages. */
  readonly server: string;
  /** The login, at most a minute old. */
  current(): Promise<Login>;
  /** Reads the kubeconfig, its files and its exec plugin anew: after a 401. */
  renew(): Promise<Login>;
}

/** Service account tokens are rotated in place; client-go looks at its file once a minute too. */
const loginAgeMs = 60_000;

/** A login source for one context. `load` reads the kubeconfig anew at each call. */
export function loginSource(context: string, load: () => KubeConfig): LoginSource {
  let config = singleConfig(context, load());
  let made: { readonly at: number; readonly login: Promise<Login> } | undefined;
  const make = (): Promise<Login> => {
    const entry = { at: performance.now(), login: makeLogin(context, config) };
    made = entry;
    entry.login.catch(() => {
      if (made === entry) made = undefined;
    });
    return entry.login;
  };
  return {
    context,
    server: serverOf(context, config).href.replace(/\/$/, ''),
    current: () => (made !== undefined && performance.now() - made.at < loginAgeMs ? made.login : make()),
    renew: () => {
      config = singleConfig(context, load());
      return make();
    },
  };
}

/** A kubeconfig with this one context, so that the library's "current" is never another one. */
function singleConfig(context: string, all: KubeConfig): KubeConfig {
  const entry = all.getContextObject(context);
  if (entry === null) throw configError(`no context ${context}; the kubeconfig has: ${contextList(all)}`);
  const cluster = all.getCluster(entry.cluster);
  if (cluster === null)
    throw configError(`context ${context} names the cluster ${entry.cluster}, which the kubeconfig does not have`);
  const user = all.getUser(entry.user);
  if (user === null && entry.user)
    throw configError(`context ${context} names the user ${entry.user}, which the kubeconfig does not have`);

  const single = new KubeConfig();
  // The library demands skipTLSVerify for http; serverOf allows http on loopback only, where there is no TLS to verify.
  const isPlain = cluster.server.startsWith('http:');
  single.loadFromClusterAndUser(
    { ...cluster, skipTLSVerify: isPlain || cluster.skipTLSVerify === true },
    user ?? { name: 'anonymous' },
  );
  serverOf(context, single);
  return single;
}

function contextList(config: KubeConfig): string {
  return (
    config
      .getContexts()
      .map((each) => each.name)
      .join(', ') || 'none'
  );
}

function serverOf(context: string, config: KubeConfig): URL {
  const text = config.getCurrentCluster()?.server ?? '';
  if (!URL.canParse(text))
    throw configError(`context ${context}: the server address ${JSON.stringify(text)} is not a URL`);
  const server = new URL(text);
  if (server.protocol === 'https:') return server;
  if (server.protocol === 'http:' && isLoopback(server.hostname)) return server;
  throw configError(
    `context ${context}: ${server.origin} is not encrypted, write an https:// address (http is allowed for this machine alone)`,
  );
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

async function makeLogin(context: string, config: KubeConfig): Promise<Login> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    // The cause's own message may hold what an exec plugin printed, and that may be a credential.
    const file = cause instanceof Error && 'path' in cause ? ` (cannot read ${String(cause.path)})` : '';
    throw new KubeError(`context ${context}: its credentials could not be had${file}`, {
      code: 0,
      reason: 'Unauthorized',
    });
  }
  const headers: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value).trim();
  if (options.auth) headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  const proxyUrl = config.getCurrentCluster()?.proxyUrl;
  if (proxyUrl?.startsWith('socks'))
    throw configError(`context ${context}: a SOCKS proxy (proxy-url) is not supported, use an HTTP proxy`);
  const proxyAgent = proxyUrl !== undefined && typeof options.agent === 'object' ? options.agent : undefined;
  return { server: serverOf(context, config), headers, tls: tlsOf(options), proxyUrl, proxyAgent };
}

function tlsOf(options: RequestOptions): TlsFacts {
  const text = (value: unknown): string | Buffer | undefined =>
    typeof value === 'string' || Buffer.isBuffer(value) ? value : undefined;
  const ca = text(options.ca);
  const cert = text(options.cert);
  const key = text(options.key);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(options.servername ? { servername: options.servername } : {}),
    ...(options.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: options.rejectUnauthorized }),
  };
}

/** A mistake in the kubeconfig or in what was asked of it. */
export function configError(message: string): KubeError {
  return new KubeError(message, { code: 0, reason: 'ConfigInvalid' });
}
