import { KubeError } from './error.ts';
import { oneLine, readStatus, type Act } from './failure.ts';
import type { Transport } from './transport.ts';
import type { CallOptions, KubeClient, ProxyResult } from './types.ts';

type ProxyTarget = Parameters<KubeClient['proxyGet']>[0];

/** An answer is cut here. */
const bodyLimitBytes = 1024 * 1024;

/**
 * GET through the API server's proxy: the API server itself connects to the pod (for a Service: to one of its ready
 * endpoints), so that the answer tells whether something listens there. What the API server says for itself is a
 * KubeError with one of these reasons; everything else is the backend's answer, whatever its status.
 * - `NotFound`, `Forbidden` …: as everywhere; `NoEndpoints`: the Service has no ready endpoint;
 * - `NoSuchPort`: the Service has no such port;
 * - `ConnectionRefused`: nobody listens; `PodUnreachable`: no connection for another reason;
 * - `NotHttp`: the connection was accepted, and what came back is not HTTP: somebody listens and speaks something else.
 */
export async function proxyGet(transport: Transport, target: ProxyTarget, options?: CallOptions): Promise<ProxyResult> {
  const object = `${target.kind} ${target.namespace}/${target.name}`;
  const act = { verb: 'get', object: `port ${target.port} of ${object}` };
  const answer = await transport.send({
    act,
    method: 'GET',
    path: proxyPath(target),
    headers: { accept: '*/*', ...(target.host === undefined ? {} : { host: target.host }) },
    repeatable: true,
    anyStatus: true,
    maxBytes: bodyLimitBytes,
    options,
  });
  const ownError = answer.status >= 400 ? proxyError(act, answer.status, answer.text) : undefined;
  if (ownError !== undefined) throw ownError;
  return { status: answer.status, body: answer.text, headers: answer.headers };
}

/** `…/services/https:web:443/proxy/path`; the port stands behind the name, the scheme before it. */
function proxyPath(target: ProxyTarget): string {
  const plural = target.kind === 'Service' ? 'services' : 'pods';
  const scheme = target.scheme === 'https' ? 'https:' : '';
  const id = `${scheme}${encodeURIComponent(target.name)}:${encodeURIComponent(String(target.port))}`;
  const prefix = `/api/v1/namespaces/${encodeURIComponent(target.namespace)}/${plural}/${id}/proxy/`;
  const path = `${prefix}${target.path.replace(/^\//, '')}`;
  // `..` would leave the proxy and ask the API server itself, with our rights.
  if (new URL(path, 'http://unused').pathname.startsWith(prefix)) return path;
  throw new KubeError(
    `the path ${JSON.stringify(target.path)} leads out of the ${target.kind}, write it without ".."`,
    { code: 0, reason: 'BadRequest' },
  );
}

/** The API server's own words begin like this (apimachinery, pkg/util/proxy/transport.go). */
const tried = 'error trying to reach service: ';

/** The error in an answer that is the API server's own; undefined when it is the backend's. */
export function proxyError(act: Act, code: number, body: string): KubeError | undefined {
  const status = readStatus(body);
  if (status === undefined || status.code !== code) return undefined;
  const make = (reason: string, words: string): KubeError =>
    new KubeError(`cannot ${act.verb} ${act.object}: ${words}`, { code, reason });
  const { message } = status;
  if (message.startsWith('no endpoints available')) return make('NoEndpoints', 'the Service has no ready endpoint');
  if (message.startsWith('no service port')) return make('NoSuchPort', 'the Service has no such port');
  if (message.includes(tried)) {
    const { reason, words } = readDialError(message.slice(message.indexOf(tried) + tried.length));
    return make(reason, words);
  }
  if (code === 404) return make('NotFound', 'not found');
  return make(status.reason, oneLine(message));
}

/**
 * Tells a refused connection from an answer that is not HTTP. Go says `dial …` for everything that happens before a
 * connection stands; what comes later (EOF, reset, malformed HTTP, a failed TLS handshake) needs a listener. The text is
 * not repeated: "malformed HTTP response" quotes what the listener sent.
 */
function readDialError(said: string): { readonly reason: string; readonly words: string } {
  const isDial = /^dial |: dial | dial tcp /.test(said);
  if (isDial && said.includes('connection refused'))
    return { reason: 'ConnectionRefused', words: 'connection refused' };
  if (isDial && said.includes('no route to host'))
    return { reason: 'PodUnreachable', words: 'no route to its address' };
  if (isDial) return { reason: 'PodUnreachable', words: 'no connection to its address' };
  if (said.includes('context deadline exceeded') || said.includes('context canceled'))
    return { reason: 'Timeout', words: 'no answer in time' };
  return { reason: 'NotHttp', words: 'it answers, but not with HTTP, or not with HTTPS if that was asked for' };
}
