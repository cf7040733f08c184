import { request, type Dispatcher } from 'undici';
import { createAgentCache, type AgentCache } from './agent.ts';
import { KubeError } from './error.ts';
import { answerError, networkFailure, type Act } from './failure.ts';
import { startLimit, unlessAborted, type Limit } from './limit.ts';
import type { Login, LoginSource } from './login.ts';
import type { CallOptions } from './types.ts';

/** One request to the API server. */
export interface Call {
  readonly act: Act;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path of the API, already encoded. */
  readonly path: string;
  readonly query?: { readonly [name: string]: string | number | boolean | undefined };
  readonly headers?: { readonly [name: string]: string };
  /** Sent as JSON. */
  readonly body?: unknown;
  /** True when doing it twice is doing it once: then it is tried again although it may have been received. */
  readonly repeatable: boolean;
  /** True when every HTTP status is an answer: behind the API server's proxies. */
  readonly anyStatus?: boolean;
  /** The answer is cut here; without it there is no limit. */
  readonly maxBytes?: number;
  readonly options?: CallOptions | undefined;
}

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly text: string;
}

/** The way to one API server: keep-alive agents, time limits, retries, credentials. */
export interface Transport {
  readonly logins: LoginSource;
  /** A success (or any answer, if the call says so), or a KubeError. */
  send(call: Call): Promise<Answer>;
  /** A success whose body is still being sent. The call's time limit is for the head; `signal` must end the body. */
  open(call: Call, signal: AbortSignal): Promise<Dispatcher.ResponseData['body']>;
  close(): Promise<void>;
}

/** Makes the transport of one context. */
export function createTransport(logins: LoginSource): Transport {
  const agents = createAgentCache(callConnections);
  // Streams have their own: they would hold the connections that the calls wait for.
  const streamAgents = createAgentCache(streamConnections);
  let isClosed = false;
  const startBy =
    (cache: AgentCache) =>
    (call: Call, signal: AbortSignal): Promise<Dispatcher.ResponseData> => {
      if (isClosed) throw closedError(call.act);
      return withLogin(logins, signal, (login) =>
        request(urlOf(login, call), { ...requestOptions(call, login), dispatcher: cache.of(login), signal }),
      );
    };
  return {
    logins,
    send: (call) => sendCall(call, logins.server, startBy(agents)),
    open: (call, signal) => openCall(call, signal, logins.server, startBy(streamAgents)),
    close: async () => {
      isClosed = true;
      await Promise.all([agents.close(), streamAgents.close()]);
    },
  };
}

/** So that a thousand calls at once do not become a thousand TLS handshakes. */
const callConnections = 64;
/** A watch holds a connection for its whole life, and a wait may need one for each kind and namespace. */
const streamConnections = 1024;

function closedError(act: Act): KubeError {
  return new KubeError(`cannot ${act.verb} ${act.object}: the client was closed`, { code: 0, reason: 'Closed' });
}

type Start = (call: Call, signal: AbortSignal) => Promise<Dispatcher.ResponseData>;

/** A 401 may only mean that a token was rotated: the credentials are read anew once. */
async function withLogin(
  logins: LoginSource,
  signal: AbortSignal,
  act: (login: Login) => Promise<Dispatcher.ResponseData>,
): Promise<Dispatcher.ResponseData> {
  const first = await act(await unlessAborted(logins.current(), signal));
  if (first.statusCode !== 401) return first;
  await first.body.dump();
  return act(await unlessAborted(logins.renew(), signal));
}

async function sendCall(call: Call, server: string, start: Start): Promise<Answer> {
  const limit = startLimit(call.options);
  let before: KubeError | undefined;
  for (let attempt = 0; ; attempt += 1) {
    const ended = limit.ended(call.act, server, before);
    if (ended !== undefined) throw ended;
    const result = await tryOnce(call, server, limit, start, before);
    if ('status' in result) return result;
    before = result.error;
    const waitMs = result.afterMs ?? backoffMs(attempt);
    if (!result.again || waitMs >= limit.remainingMs()) throw result.error;
    // An abort during the pause is told by the next turn.
    await limit.wait(waitMs).catch(() => undefined);
  }
}

/** An attempt that did not succeed, and whether another one may. */
interface Miss {
  readonly error: KubeError;
  readonly again: boolean;
  readonly afterMs: number | undefined;
}

async function tryOnce(
  call: Call,
  server: string,
  limit: Limit,
  start: Start,
  before: KubeError | undefined,
): Promise<Answer | Miss> {
  try {
    const response = await start(call, limit.signal);
    const status = response.statusCode;
    const headers = plainHeaders(response.headers);
    const text = await readText(response.body, call.maxBytes);
    if (status < 300 || call.anyStatus === true) return { status, headers, text };
    const afterMs = retryAfterMs(headers['retry-after'], Date.now());
    return { error: answerError(call.act, status, text), again: isPassing(status, call.repeatable), afterMs };
  } catch (cause) {
    const ended = limit.ended(call.act, server, before);
    if (ended !== undefined) throw ended;
    if (cause instanceof KubeError) throw cause;
    const failure = networkFailure(call.act, server, cause);
    return { error: failure.error, again: failure.passing && (failure.unsent || call.repeatable), afterMs: undefined };
  }
}

async function openCall(
  call: Call,
  signal: AbortSignal,
  server: string,
  start: Start,
): Promise<Dispatcher.ResponseData['body']> {
  // The limit is for the head alone: its signal must not end the body, so it ends a controller that is let go after the head.
  const limit = startLimit({ ...call.options, signal });
  const head = new AbortController();
  const stop = (): void => {
    head.abort();
  };
  limit.signal.addEventListener('abort', stop, { once: true });
  try {
    const response = await start(call, AbortSignal.any([signal, head.signal]));
    if (response.statusCode < 300) return response.body;
    const afterMs = retryAfterMs(plainHeaders(response.headers)['retry-after'], Date.now());
    throw answerError(call.act, response.statusCode, await response.body.text(), afterMs);
  } catch (cause) {
    if (cause instanceof KubeError) throw cause;
    throw limit.ended(call.act, server) ?? networkFailure(call.act, server, cause).error;
  } finally {
    limit.signal.removeEventListener('abort', stop);
  }
}

/** 429 was not carried out; of the 5xx only what may be repeated; 501 says that it never works. */
function isPassing(status: number, repeatable: boolean): boolean {
  return status === 429 || (repeatable && status >= 500 && status !== 501);
}

/** Pause before attempt n+1: 0.1 s, doubled, at most 2 s, with a quarter of jitter so that clients do not march in step. */
function backoffMs(attempt: number): number {
  return Math.min(100 * 2 ** attempt, 2000) * (0.75 + Math.random() / 4);
}

/** `Retry-After` in milliseconds: seconds or a date (RFC 9110, 10.2.3). */
export function retryAfterMs(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** The address of a call; a kubeconfig's server may have a path of its own (a gateway in front of many clusters). */
export function urlOf(login: Login, call: Pick<Call, 'path' | 'query'>): URL {
  const url = new URL(`${login.server.href.replace(/\/$/, '')}${call.path}`);
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

function requestOptions(
  call: Call,
  login: Login,
): { method: Call['method']; headers: { [name: string]: string }; body: string | null } {
  const hasBody = call.body !== undefined;
  const headers = {
    accept: 'application/json',
    'user-agent': 'rekindle',
    ...(hasBody ? { 'content-type': 'application/json' } : {}),
    ...call.headers,
    ...login.headers,
  };
  return { method: call.method, headers, body: hasBody ? JSON.stringify(call.body) : null };
}

function plainHeaders(headers: Dispatcher.ResponseData['headers']): { readonly [name: string]: string } {
  const plain: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}

async function readText(body: Dispatcher.ResponseData['body'], maxBytes: number | undefined): Promise<string> {
  if (maxBytes === undefined) return body.text();
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    const piece = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    chunks.push(piece);
    sizeBytes += piece.length;
    if (sizeBytes >= maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
}
