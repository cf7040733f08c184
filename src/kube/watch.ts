import type { Discovery, KindName } from './discovery.ts';
import { KubeError } from './error.ts';
import { answerError, networkFailure, readStatus, type Act } from './failure.ts';
import { defaultTimeoutMs } from './limit.ts';
import { acceptHeaders, collectionText } from './list.ts';
import { collectionPath } from './paths.ts';
import { isKubeObject, parseJson, textAt, valueAt } from './read.ts';
import type { Transport } from './transport.ts';
import type { WatchEvent, WatchOptions } from './types.ts';

/** The API server ends a watch after this, so that one that died unseen is replaced in any case. */
const watchMs = 240_000;

/** The API server sends a bookmark about once a minute: no byte for longer means a dead connection. */
const silenceMs = 100_000;

/** Times of a watch, for tests. */
export interface WatchTimes {
  readonly silenceMs: number;
}

/**
 * One watch from a resourceVersion to the end that the API server sets. Does not reconnect: its caller lists again and
 * owns the restart, so that there is never a storm of watches.
 */
export async function* watchObjects(
  transport: Transport,
  discovery: Discovery,
  kind: KindName,
  options: WatchOptions,
  times: WatchTimes = { silenceMs },
): AsyncGenerator<WatchEvent, void, undefined> {
  const act = { verb: 'watch', object: collectionText(kind, options) };
  const resource = await discovery.need(kind, options);
  const query = {
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion: options.resourceVersion,
    timeoutSeconds: Math.ceil((options.timeoutMs ?? watchMs) / 1000),
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
  };
  const path = collectionPath(resource, options.namespace);
  // A watch's events are single objects, asked for under that name.
  const headers = acceptHeaders(options.metadataOnly, 'PartialObjectMetadata');
  const headLimit = { timeoutMs: Math.min(defaultTimeoutMs, options.timeoutMs ?? defaultTimeoutMs) };
  const silence = createSilence(times.silenceMs);
  const signal = options.signal === undefined ? silence.signal : AbortSignal.any([options.signal, silence.signal]);
  try {
    const body = await transport.open(
      { act, method: 'GET', path, query, headers, repeatable: true, options: headLimit },
      signal,
    );
    options.opened?.();
    for await (const line of linesOf(body, silence)) yield readEvent(act, line);
  } catch (error) {
    throw watchError(act, transport.logins.server, error, options.signal, silence.signal, times.silenceMs);
  } finally {
    silence.stop();
  }
}

/** Aborts when nothing was heard for a while. */
interface Silence {
  readonly signal: AbortSignal;
  heard(): void;
  stop(): void;
}

function createSilence(limitMs: number): Silence {
  const controller = new AbortController();
  const end = (): void => {
    controller.abort();
  };
  let timer = setTimeout(end, limitMs);
  return {
    signal: controller.signal,
    heard: () => {
      clearTimeout(timer);
      timer = setTimeout(end, limitMs);
    },
    stop: () => {
      clearTimeout(timer);
    },
  };
}

async function* linesOf(body: AsyncIterable<unknown>, silence: Silence): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    silence.heard();
    rest += Buffer.isBuffer(chunk) ? decoder.decode(chunk, { stream: true }) : String(chunk);
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
  }
}

/** One line of a watch; an ERROR event becomes a KubeError, its 410 the reason `Expired`. */
function readEvent(act: Act, line: string): WatchEvent {
  const event = parseJson(line);
  const type = textAt(event, 'type');
  const object = valueAt(event, 'object');
  if (type === 'ERROR') throw answerError(act, readStatus(object)?.code || 500, JSON.stringify(object));
  if (type === 'BOOKMARK' && !isKubeObject(object)) return { type, object: bookmarkOf(object) };
  if ((type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK') && isKubeObject(object))
    return { type, object };
  throw new KubeError(`cannot watch ${act.object}: an event of the API server could not be read`, {
    code: 0,
    reason: 'BadAnswer',
  });
}

/** A bookmark's object has a resourceVersion and no name. */
function bookmarkOf(object: unknown): WatchEvent['object'] {
  const resourceVersion = textAt(object, 'metadata', 'resourceVersion') ?? '';
  return {
    apiVersion: textAt(object, 'apiVersion') ?? '',
    kind: textAt(object, 'kind') ?? '',
    metadata: { name: '', resourceVersion },
  };
}

function watchError(
  act: Act,
  server: string,
  error: unknown,
  caller: AbortSignal | undefined,
  silent: AbortSignal,
  limitMs: number,
): unknown {
  if (caller?.aborted === true)
    return new KubeError(`cannot watch ${act.object}: the watch was ended by its caller`, {
      code: 0,
      reason: 'Aborted',
    });
  if (silent.aborted) {
    return new KubeError(`cannot watch ${act.object}: ${server} sent nothing for ${limitMs / 1000} s`, {
      code: 0,
      reason: 'Timeout',
    });
  }
  if (error instanceof KubeError) return error;
  return networkFailure(act, server, error).error;
}
