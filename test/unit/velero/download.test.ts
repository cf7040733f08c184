import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/types.ts';
import { download, downloadJson } from '../../../src/velero/download.ts';
import { fakeKube, type FakeKube } from '../../support/fake-kube.ts';

const target = { namespace: 'velero', kind: 'RestoreResults', name: 'mine' } as const;
const signal = () => AbortSignal.timeout(4_000);
let servers: Server[] = [];

afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
});

async function serve(status: number, body: Buffer): Promise<string> {
  const server = createServer((_request, answer) => answer.writeHead(status).end(body));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}/file?X-Amz-Signature=top-secret`;
}

/** A cluster whose Velero signs every request at once with this address. */
function signing(downloadURL: string, minutes = 10): FakeKube {
  const kube = fakeKube();
  const create = kube.create.bind(kube);
  const expiration = new Date(Date.now() + minutes * 60_000).toISOString();
  kube.create = async (object: KubeObject) => {
    await create(object);
    return kube.put({ ...object, status: { phase: 'Processed', downloadURL, expiration } });
  };
  return kube;
}

describe('reading a file of Velero', () => {
  it('asks, fetches, unpacks, and leaves no request behind', async () => {
    const kube = signing(await serve(200, gzipSync('{"errors":{}}')));

    expect(await downloadJson(kube, target, signal())).toEqual({ errors: {} });
    expect((await kube.list({ apiVersion: 'velero.io/v1', kind: 'DownloadRequest' })).items).toEqual([]);
  });

  it.each([
    [404, 'NotFound', 404, 'has no RestoreResults of Restore velero/mine'],
    [403, 'Refused', 503, 'answered 403'],
  ])('says what the object store answered: %i', async (status, reason, code, words) => {
    const failing = downloadJson(signing(await serve(status, Buffer.from('no'))), target, signal());

    await expect(failing).rejects.toMatchObject({ reason, code, message: expect.stringContaining(words) });
  });

  it('says that the object store cannot be reached from here, without the signed address', async () => {
    const failing = downloadJson(signing('http://127.0.0.1:9/file?X-Amz-Signature=top-secret'), target, signal());

    await expect(failing).rejects.toMatchObject({
      reason: 'Unreachable',
      code: 0,
      message: expect.stringContaining('127.0.0.1:9 cannot be reached from this worker'),
    });
    await expect(failing).rejects.toMatchObject({ message: expect.not.stringContaining('top-secret') });
  });

  it.each([
    ['is no gzip', Buffer.from('plain text'), 'Unreadable'],
    ['is cut', gzipSync('x'.repeat(10_000)).subarray(0, 20), 'Unreadable'],
    ['is no JSON', gzipSync('{'), 'Unreadable'],
  ])('says that a file is broken where it %s', async (_how, body, reason) => {
    await expect(downloadJson(signing(await serve(200, body)), target, signal())).rejects.toMatchObject({ reason });
  });

  it('stops at the limit of what it unpacks', async () => {
    const kube = signing(await serve(200, gzipSync(Buffer.alloc(1_000_000))));
    const failing = download(kube, target, { signal: signal(), unpackedBytes: 1000 }, async (body) => {
      let size = 0;
      for await (const chunk of body) size += Buffer.isBuffer(chunk) ? chunk.length : 0;
      return size;
    });

    await expect(failing).rejects.toMatchObject({
      reason: 'TooLarge',
      message: expect.stringContaining('larger than the 1000 bytes'),
    });
  });

  it('does not use an address that is about to expire', async () => {
    const kube = signing(await serve(200, gzipSync('1')));
    const old = {
      phase: 'Processed',
      downloadURL: 'http://127.0.0.1:9/',
      expiration: new Date(Date.now() + 10_000).toISOString(),
    };
    const wanted = await nameOf(kube);
    kube.put({
      apiVersion: 'velero.io/v1',
      kind: 'DownloadRequest',
      metadata: { namespace: 'velero', name: wanted },
      status: old,
    });

    expect(await downloadJson(kube, target, signal())).toBe(1);
  });

  it('ends with its caller', async () => {
    const kube = fakeKube();
    const caller = AbortSignal.timeout(300);

    await expect(downloadJson(kube, target, caller)).rejects.toMatchObject({
      name: expect.stringMatching(/AbortError|TimeoutError/),
    });
  });
});

/** The name under which a file is asked for: always the same. */
async function nameOf(kube: FakeKube): Promise<string> {
  await downloadJson(kube, target, signal());
  const created = kube.requests.find((request) => request.startsWith('create DownloadRequest'));
  return created?.split('/')[1] ?? '';
}
