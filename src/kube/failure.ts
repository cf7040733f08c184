import { KubeError } from './error.ts';
import { listAt, numberAt, parseJson, textAt } from './read.ts';

/** What a call does and to what, for its error messages. */
export interface Act {
  /** Kubernetes' verb: `get`, `list`, `patch` … */
  readonly verb: string;
  /** `Deployment shop-web/web`, `Pods of namespace shop-web`. */
  readonly object: string;
  /** True for Secrets: then nothing that the API server said about the content is repeated. */
  readonly secret?: boolean;
}

/** Longest piece of an API server's own message that we repeat (characters). */
const messageLimit = 400;

/** An API server's `Status`, as far as it is used. */
export interface StatusFacts {
  readonly code: number;
  /** True for `status: Success`. */
  readonly success: boolean;
  readonly reason: string;
  readonly message: string;
  readonly details: { readonly name: string | undefined; readonly kind: string | undefined };
  readonly causes: readonly { readonly reason: string | undefined; readonly message: string | undefined }[];
}

/** Reads a `Status` object (as text or parsed); undefined when it is none. */
export function readStatus(body: unknown): StatusFacts | undefined {
  const status = typeof body === 'string' ? parseJson(body) : body;
  if (textAt(status, 'kind') !== 'Status') return undefined;
  return {
    code: numberAt(status, 'code') ?? 0,
    success: textAt(status, 'status') === 'Success',
    reason: textAt(status, 'reason') ?? '',
    message: textAt(status, 'message') ?? '',
    details: { name: textAt(status, 'details', 'name'), kind: textAt(status, 'details', 'kind') },
    causes: listAt(status, 'details', 'causes').map((cause) => ({
      reason: textAt(cause, 'reason'),
      message: textAt(cause, 'message'),
    })),
  };
}

/** One line, cut, so that a message never becomes a dump. */
export function oneLine(text: string, limit = messageLimit): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= limit ? line : `${line.slice(0, limit)}…`;
}

const reasonOfCode: { readonly [code: number]: string } = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** The error for an HTTP answer that is not a success. `body` is read for its `Status` and then dropped. */
export function answerError(act: Act, code: number, body: string, retryAfterMs?: number): KubeError {
  const status = readStatus(body);
  const known = reasonOfCode[code] ?? `Http${code}`;
  // The API server has two names for "too old": Gone (list) and Expired (watch, continue token).
  const reason = code === 410 ? 'Expired' : status?.reason || known;
  return new KubeError(`cannot ${act.verb} ${act.object}: ${whatWasSaid(act, code, reason, status)}`, {
    code,
    reason,
    retryAfterMs,
  });
}

function whatWasSaid(act: Act, code: number, reason: string, status: StatusFacts | undefined): string {
  const said = status === undefined || act.secret === true ? '' : oneLine(status.message);
  switch (reason) {
    case 'NotFound':
      return notFoundWords(act, status);
    case 'AlreadyExists':
      return 'already exists';
    case 'Unauthorized':
      return 'the API server does not accept the credentials of the kubeconfig';
    case 'Expired':
      return 'what was asked for is too old for the API server, list again';
    case 'Forbidden':
      return said === '' ? 'forbidden' : `forbidden, ${said}`;
    default:
      return said === '' ? `the API server answered ${code} ${reason}` : `${wordsOf(reason)}, ${said}`;
  }
}

/** What is missing may be another object than the one asked for: the namespace, most often. */
function notFoundWords(act: Act, status: StatusFacts | undefined): string {
  const { name, kind } = status?.details ?? { name: undefined, kind: undefined };
  const isOther = name !== undefined && kind !== undefined && !act.object.endsWith(name);
  return isOther ? `not found, ${kind} ${JSON.stringify(name)} does not exist` : 'not found';
}

/** `ServiceUnavailable` → `service unavailable`. */
function wordsOf(reason: string): string {
  return reason.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}

/** Codes that say that no byte of the request can have reached the API server. */
const unsentCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** A failure below HTTP, in words, and whether trying again is safe and sensible. */
export interface NetworkFailure {
  readonly error: KubeError;
  /** Nothing was sent: even a POST may be repeated. */
  readonly unsent: boolean;
  /** False where trying again cannot help: a certificate that is not trusted. */
  readonly passing: boolean;
}

/** Translates an error of the network or of TLS. */
export function networkFailure(act: Act, server: string, cause: unknown): NetworkFailure {
  const code = codeOf(cause);
  const isTls = /^(ERR_TLS|ERR_SSL|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|HOSTNAME_MISMATCH)/.test(code);
  const words = isTls ? `the TLS connection to ${server} was refused (${code})` : `no answer from ${server} (${code})`;
  return {
    error: new KubeError(`cannot ${act.verb} ${act.object}: ${words}`, { code: 0, reason: 'Unreachable', cause }),
    unsent: unsentCodes.has(code),
    passing: !isTls,
  };
}

function codeOf(cause: unknown): string {
  const code = textAt(cause, 'code');
  if (code === 'UND_ERR_SOCKET') return 'connection closed';
  return code ?? textAt(cause, 'cause', 'code') ?? (cause instanceof Error ? cause.name : 'unknown error');
}
