/**
 * Writes container images as OCI archives (one tar file that `ctr images import` takes), without any image builder.
 * The same input gives the same bytes: no clock, no machine's user ids, entries in a fixed order.
 * Source of the format: OCI image-spec 1.1 (image-layout.md, config.md); containerd names an imported image by the annotation
 * `io.containerd.image.name` of its entry in index.json.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import type { Pack } from 'tar-stream';

/** One layer: an uncompressed tar file. Uncompressed because it is read once, from the same disk. */
export interface Layer {
  readonly path: string;
  readonly digest: string;
  readonly size: number;
}

/** What a container of the image runs unless its pod says otherwise. */
export interface ImageSettings {
  readonly entrypoint?: readonly string[];
  readonly env?: readonly string[];
  readonly workingDir?: string;
}

/** An image to write: its full reference, e.g. `docker.io/rekindle-lab/pause:1`, and what is in it. */
export interface Image {
  readonly reference: string;
  readonly layers: readonly Layer[];
  readonly settings: ImageSettings;
}

/** A file or folder of a layer. `source` is read from disk; without it the entry is a folder, or a link where `link` is set. */
export interface LayerEntry {
  readonly path: string;
  readonly mode: number;
  readonly source?: string;
  readonly text?: string;
  readonly link?: string;
}

interface Blob {
  readonly digest: string;
  readonly size: number;
  readonly text?: string;
  readonly path?: string;
}

const epoch = new Date(0);

/** Reads a file once and answers its `sha256:…` digest. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return `sha256:${hash.digest('hex')}`;
}

/** Describes a tar file that exists already as a layer. */
export async function layerFrom(path: string): Promise<Layer> {
  return { path, digest: await digestOf(path), size: (await stat(path)).size };
}

/** Writes a layer with these entries to `path`, in the given order, and describes it. */
export async function writeLayer(path: string, entries: readonly LayerEntry[]): Promise<Layer> {
  await writeTar(path, async (tar) => {
    for (const entry of entries) await addEntry(tar, entry);
  });
  return layerFrom(path);
}

/** Writes one archive with all these images; a layer that several of them use is stored once. Replaces `path` in one step. */
export async function writeArchive(path: string, images: readonly Image[]): Promise<void> {
  const blobs = new Map<string, Blob>();
  const manifests = images.map((image) => describeImage(image, blobs));
  const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
  await writeTar(path, async (tar) => {
    await addText(tar, 'oci-layout', JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    await addText(tar, 'index.json', JSON.stringify(index));
    for (const blob of blobs.values()) await addBlob(tar, blob);
  });
}

function describeImage(image: Image, blobs: Map<string, Blob>): object {
  const { entrypoint, env, workingDir } = image.settings;
  const config = jsonBlob({
    architecture: 'amd64',
    os: 'linux',
    config: {
      ...(entrypoint && { Entrypoint: entrypoint }),
      ...(env && { Env: env }),
      ...(workingDir && { WorkingDir: workingDir }),
    },
    rootfs: { type: 'layers', diff_ids: image.layers.map((layer) => layer.digest) },
  });
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config.digest, size: config.size },
    layers: image.layers.map(({ digest, size }) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest,
      size,
    })),
  });
  for (const blob of [...image.layers, config, manifest]) blobs.set(blob.digest, blob);
  return {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: manifest.digest,
    size: manifest.size,
    annotations: { 'io.containerd.image.name': image.reference },
  };
}

function jsonBlob(value: object): Blob {
  const text = JSON.stringify(value);
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  return { digest, size: Buffer.byteLength(text), text };
}

async function addBlob(tar: Pack, blob: Blob): Promise<void> {
  const name = `blobs/${blob.digest.replace(':', '/')}`;
  if (blob.text !== undefined) await addText(tar, name, blob.text);
  else if (blob.path !== undefined) await addFile(tar, name, 0o644, blob.path);
}

async function addEntry(tar: Pack, entry: LayerEntry): Promise<void> {
  const name = entry.path.replace(/^\//, '');
  if (entry.source !== undefined) return addFile(tar, name, entry.mode, entry.source);
  if (entry.text !== undefined) return addText(tar, name, entry.text, entry.mode);
  const kind =
    entry.link === undefined ? { type: 'directory' as const } : { type: 'symlink' as const, linkname: entry.link };
  tar.entry({ name, mode: entry.mode, mtime: epoch, uid: 0, gid: 0, ...kind });
}

async function addText(tar: Pack, name: string, text: string, mode = 0o644): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    tar.entry({ name, mode, mtime: epoch, uid: 0, gid: 0 }, text, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

async function addFile(tar: Pack, name: string, mode: number, source: string): Promise<void> {
  const { size } = await stat(source);
  const entry = tar.entry({ name, mode, size, mtime: epoch, uid: 0, gid: 0 });
  await pipeline(createReadStream(source, { highWaterMark: 1 << 20 }), entry);
}

/** Writes beside the target and renames, so that an interrupted run leaves no half archive under the final name. */
async function writeTar(path: string, fill: (tar: Pack) => Promise<void>): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  const tar = pack();
  try {
    const written = pipeline(tar, createWriteStream(partial));
    const filled = fill(tar).then(() => tar.finalize());
    await Promise.all([written, filled]);
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}
