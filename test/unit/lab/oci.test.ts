import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeArchive, writeLayer } from '../../../lab/images/oci.ts';
import { isRecord, listAt, parseJson, textAt } from '../../../src/kube/read.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oci-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

interface Entry {
  readonly bytes: Buffer;
  readonly mode: number;
  readonly link: string | undefined;
}

async function readTar(path: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  const tar = extract();
  tar.on('entry', (header, stream, next) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: unknown) => {
      if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    });
    stream.on('end', () => {
      const link = header.linkname ?? undefined;
      entries.set(header.name, { bytes: Buffer.concat(chunks), mode: header.mode ?? 0, link });
      next();
    });
  });
  await pipeline(createReadStream(path), tar);
  return entries;
}

async function writeTwoImages(archive: string): Promise<void> {
  await writeFile(join(folder, 'program'), 'machine code');
  const layer = await writeLayer(join(folder, 'layer.tar'), [
    { path: '/tmp', mode: 0o1777 },
    { path: '/bin/program', mode: 0o755, source: join(folder, 'program') },
    { path: '/bin/sh', mode: 0o777, link: 'program' },
  ]);
  await writeArchive(join(folder, archive), [
    { reference: 'example.test/one:1', layers: [layer], settings: { entrypoint: ['/bin/program'] } },
    { reference: 'example.test/two:1', layers: [layer], settings: { env: ['PATH=/bin'] } },
  ]);
}

function blobOf(entries: Map<string, Entry>, digest: string | undefined): Buffer {
  const entry = entries.get(`blobs/${(digest ?? '').replace(':', '/')}`);
  if (entry === undefined) throw new Error(`no blob ${digest ?? ''}`);
  return entry.bytes;
}

describe('image archives', () => {
  it('hold every blob under the digest of its bytes, and a shared layer once', async () => {
    await writeTwoImages('images.tar');

    const entries = await readTar(join(folder, 'images.tar'));
    const blobs = [...entries].filter(([name]) => name.startsWith('blobs/'));
    // Two configurations, two manifests, one layer.
    expect(blobs).toHaveLength(5);
    for (const [name, { bytes }] of blobs)
      expect(name).toBe(`blobs/sha256/${createHash('sha256').update(bytes).digest('hex')}`);
  });

  it('name each image, with its entry point and its files', async () => {
    await writeTwoImages('images.tar');

    const entries = await readTar(join(folder, 'images.tar'));
    const manifests = listAt(parseJson(entries.get('index.json')?.bytes.toString() ?? ''), 'manifests');
    const names = manifests.map((each) => textAt(each, 'annotations', 'io.containerd.image.name'));
    expect(names).toEqual(['example.test/one:1', 'example.test/two:1']);
    const manifest = parseJson(blobOf(entries, textAt(manifests[0], 'digest')).toString());
    const config = parseJson(blobOf(entries, textAt(manifest, 'config', 'digest')).toString());
    expect(isRecord(config) && config.config).toEqual({ Entrypoint: ['/bin/program'] });
    const layer = textAt(listAt(manifest, 'layers')[0], 'digest');
    expect(listAt(config, 'rootfs', 'diff_ids')).toEqual([layer]);
    await writeFile(join(folder, 'found.tar'), blobOf(entries, layer));
    const files = await readTar(join(folder, 'found.tar'));
    expect(files.get('bin/program')).toMatchObject({ mode: 0o755, bytes: Buffer.from('machine code') });
    expect(files.get('bin/sh')).toMatchObject({ link: 'program' });
    expect([...files].find(([name]) => name.startsWith('tmp'))?.[1].mode).toBe(0o1777);
  });

  it('are the same bytes each time', async () => {
    await writeTwoImages('first.tar');
    await writeTwoImages('second.tar');

    const [first, second] = await Promise.all([
      readFile(join(folder, 'first.tar')),
      readFile(join(folder, 'second.tar')),
    ]);
    expect(first.equals(second)).toBe(true);
  });

  it('leave nothing behind when a file is missing', async () => {
    const entries = [{ path: '/gone', mode: 0o755, source: join(folder, 'gone') }];

    await expect(writeLayer(join(folder, 'layer.tar'), entries)).rejects.toThrow('ENOENT');
    expect(await readdir(folder)).toEqual([]);
  });
});
