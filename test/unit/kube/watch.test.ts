import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createDiscovery } from '../../../src/kube/discovery.ts';
import { loginSource } from '../../../src/kube/login.ts';
import { createTransport } from '../../../src/kube/transport.ts';
import { watchObjects } from '../../../src/kube/watch.ts';
import { configMap, failure, kubeconfigOf, reply, startFakeApi, type FakeApi, type Handler } from './fake-api.ts';

const open: FakeApi[] = [];
async function serve(handler: Handler): Promise<FakeApi> {
  const api = await startFakeApi(handler);
  open.push(api);
  return api;
}
afterEach(async () => {
  for (const api of open.splice(0)) await api.close();
});

const kind = { apiVersion: 'v1', kind: 'ConfigMap' };

async function collect(api: FakeApi, signal?: AbortSignal): Promise<string[]> {
  const seen: string[] = [];
  const options = { resourceVersion: '5', namespace: 'shop-web', ...(signal === undefined ? {} : { signal }) };
  for await (const event of api.kube().watch(kind, options)) seen.push(`${event.type} ${event.object.metadata.name}`);
  return seen;
}

function stream(response: ServerResponse, ...lines: readonly object[]): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/json' });
  for (const line of lines) response.write(`${JSON.stringify(line)}\n`);
}

describe('a watch', () => {
  it('hands on events and bookmarks and returns when the API server closes', async () => {
    const api = await serve((_seen, response) => {
      const bookmark = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: '9' } };
      stream(
        response,
        { type: 'ADDED', object: configMap('a') },
        { type: 'BOOKMARK', object: bookmark },
        { type: 'DELETED', object: configMap('a') },
      );
      response.end();
    });

    const seen = await collect(api);

    expect(seen).toEqual(['ADDED a', 'BOOKMARK ', 'DELETED a']);
    expect(Object.fromEntries(api.seen[0]?.query ?? [])).toEqual({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '5',
      timeoutSeconds: '240',
    });
  });

  it('puts an event together that came in pieces, also when a letter was cut in two', async () => {
    const line = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: configMap('bücher') })}\n`);
    const cutAt = line.indexOf('ü') + 1;
    const api = await serve((_seen, response) => {
      response.writeHead(200);
      response.write(line.subarray(0, cutAt));
      setTimeout(() => response.end(line.subarray(cutAt)), 50);
    });

    expect(await collect(api)).toEqual(['ADDED bücher']);
  });

  it('says Expired when the resourceVersion is too old, at its start and in its course', async () => {
    const atStart = await serve((_seen, response) =>
      reply(response, 410, failure(410, 'Gone', 'too old resource version')),
    );
    const later = await serve((_seen, response) => {
      stream(response, { type: 'ERROR', object: failure(410, 'Expired', 'too old resource version') });
    });

    await expect(collect(atStart)).rejects.toMatchObject({ code: 410, reason: 'Expired' });
    await expect(collect(later)).rejects.toMatchObject({ code: 410, reason: 'Expired' });
  });

  it('fails when the connection breaks', async () => {
    const api = await serve((_seen, response) => {
      stream(response, { type: 'ADDED', object: configMap('a') });
      setTimeout(() => response.socket?.destroy(), 50);
    });

    await expect(collect(api)).rejects.toMatchObject({ reason: 'Unreachable' });
  });

  it('fails when it has gone silent', async () => {
    const api = await serve((_seen, response) => stream(response, { type: 'ADDED', object: configMap('a') }));
    const transport = createTransport(loginSource('fake', () => kubeconfigOf(api.address)));
    const seen: string[] = [];

    const watching = (async () => {
      const events = watchObjects(
        transport,
        createDiscovery(transport),
        kind,
        { resourceVersion: '5' },
        { silenceMs: 200 },
      );
      for await (const event of events) seen.push(event.object.metadata.name);
    })();

    await expect(watching).rejects.toMatchObject({ reason: 'Timeout' });
    expect(seen).toEqual(['a']);
    await transport.close();
  });

  it('ends when its caller aborts, also while nothing happens', async () => {
    const api = await serve((_seen, response) => {
      response.writeHead(200);
      response.flushHeaders();
    });
    const startedAt = performance.now();

    await expect(collect(api, AbortSignal.timeout(100))).rejects.toMatchObject({ reason: 'Aborted' });

    expect(performance.now() - startedAt).toBeLessThan(1500);
  });

  it('closes its connection when its reader has enough', async () => {
    let isClosed = false;
    const api = await serve((_seen, response) => {
      response.on('close', () => (isClosed = true));
      stream(response, { type: 'ADDED', object: configMap('a') });
    });

    for await (const event of api.kube().watch(kind, { resourceVersion: '5' })) {
      expect(event.type).toBe('ADDED');
      break;
    }

    await expect.poll(() => isClosed).toBe(true);
  });
});
