import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../../../src/kube/types.ts';
import { failure, reply, startFakeApi, type FakeApi, type Seen } from './fake-api.ts';

/** What the API server does with a request instead of answering it. */
export type Refusal = (seen: Seen, response: ServerResponse) => boolean;

/** An API server whose Deployments and Secrets of namespace shop live: lists, watches with a history, and faults on demand. */
export interface LivingApi {
  readonly api: FakeApi;
  /** Makes or changes an object. */
  put(name: string, fields?: { readonly [field: string]: unknown }, kind?: string): void;
  remove(name: string): void;
  /** Requests so far, as `list deployments`, `watch deployments`, `get deployments`. */
  count(request: string): number;
  openWatches(): number;
  /** Ends all watches: by a clean close, or by a cut connection. */
  endWatches(how: 'close' | 'cut'): void;
  /** From now on open watches say nothing more, nor do they end. */
  mute(): void;
  /** Forgets what happened so far: older versions are too old from now on. */
  expire(): void;
  /** Faults from now on; undefined = none. */
  refuse(refusal: Refusal | undefined): void;
}

interface Watcher {
  readonly response: ServerResponse;
  readonly plural: string;
  isMute: boolean;
}

interface Change {
  readonly version: number;
  readonly plural: string;
  readonly line: string;
}

const plurals: { readonly [kind: string]: string } = { Deployment: 'deployments', Secret: 'secrets' };

export async function startLivingApi(): Promise<LivingApi> {
  let version = 10;
  let oldest = 0;
  let refusal: Refusal | undefined;
  const objects = new Map<string, KubeObject>();
  const watchers = new Set<Watcher>();
  const history: Change[] = [];
  const counts = new Map<string, number>();

  const happens = (type: string, object: KubeObject): void => {
    const plural = plurals[object.kind] ?? '';
    const line = `${JSON.stringify({ type, object })}\n`;
    history.push({ version, plural, line });
    for (const watcher of watchers) if (!watcher.isMute && watcher.plural === plural) watcher.response.write(line);
  };
  const watch = (seen: Seen, response: ServerResponse, plural: string): void => {
    const from = Number(seen.query.get('resourceVersion'));
    if (from < oldest) {
      reply(response, 410, failure(410, 'Expired', 'too old resource version'));
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const change of history) if (change.version > from && change.plural === plural) response.write(change.line);
    const watcher: Watcher = { response, plural, isMute: false };
    watchers.add(watcher);
    const end = setTimeout(
      () => {
        if (!watcher.isMute) response.end();
      },
      Number(seen.query.get('timeoutSeconds')) * 1000,
    );
    response.on('close', () => {
      clearTimeout(end);
      watchers.delete(watcher);
    });
  };
  const api = await startFakeApi((seen, response) => {
    const [plural = '', name] = seen.path.split('/namespaces/shop/')[1]?.split('/') ?? [];
    const isWatch = seen.query.has('watch');
    const verb = isWatch ? 'watch' : 'list';
    const key = `${name === undefined ? verb : 'get'} ${plural}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (refusal?.(seen, response) === true) return;
    if (seen.path === '/version') reply(response, 200, { gitVersion: 'v1.34.4' });
    else if (isWatch) watch(seen, response, plural);
    else if (name === undefined) {
      const items = [...objects.values()].filter((object) => plurals[object.kind] === plural);
      reply(response, 200, { kind: 'List', metadata: { resourceVersion: String(version) }, items });
    } else {
      const object = objects.get(`${plural}/${name}`);
      if (object === undefined) reply(response, 404, failure(404, 'NotFound', 'not found'));
      else reply(response, 200, object);
    }
  });
  return {
    api,
    put: (name, fields = {}, kind = 'Deployment') => {
      version += 1;
      const key = `${plurals[kind]}/${name}`;
      const metadata = { name, namespace: 'shop', resourceVersion: String(version) };
      const apiVersion = kind === 'Deployment' ? 'apps/v1' : 'v1';
      const type = objects.has(key) ? 'MODIFIED' : 'ADDED';
      const object: KubeObject = {
        apiVersion,
        kind,
        ...fields,
        metadata: { ...metadata, ...(fields['metadata'] as object) },
      };
      objects.set(key, object);
      happens(type, object);
    },
    remove: (name) => {
      version += 1;
      const object = objects.get(`deployments/${name}`);
      objects.delete(`deployments/${name}`);
      if (object) happens('DELETED', { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } });
    },
    count: (request) => counts.get(request) ?? 0,
    openWatches: () => watchers.size,
    endWatches: (how) => {
      for (const watcher of watchers) {
        const { response } = watcher;
        watchers.delete(watcher);
        if (how === 'close') response.end();
        else response.socket?.destroy();
      }
    },
    mute: () => {
      for (const watcher of watchers) watcher.isMute = true;
    },
    expire: () => {
      oldest = version;
    },
    refuse: (next) => {
      refusal = next;
    },
  };
}
