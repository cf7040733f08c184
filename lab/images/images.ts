/** Makes the lab's images: each archive is built once and kept in the cache under a key made of what went into it. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unpackPackages } from './debian.ts';
import { layerFrom, writeArchive, writeLayer } from './oci.ts';
import type { LayerEntry } from './oci.ts';
import { dataImages, reference, toolImages } from './recipes.ts';
import type { ImageTool, ToolImage } from './recipes.ts';
import { buildRootfs, rootfsRecipe } from './rootfs.ts';

/** An OCI archive for `ctr images import`, and the references of the images in it. */
export interface ImageArchive {
  readonly path: string;
  readonly images: readonly string[];
}

/** Where to build, out of which programs (absolute paths of static binaries), and whom to tell. */
export interface ImageContext {
  readonly cacheDir: string;
  readonly tools: Readonly<Record<ImageTool, string>>;
  readonly report?: (message: string) => void;
}

/** All archives of the lab, built where they are missing. Warm: a few milliseconds. */
export async function ensureImages(context: ImageContext): Promise<ImageArchive[]> {
  const data = ensureDataImages(context);
  const archives: ImageArchive[] = [];
  for (const image of toolImages) archives.push(await ensureToolImage(context, image));
  return [await data, ...archives];
}

/** The database images alone; they need no built program, so they can be made while the programs are still being built. */
export async function ensureDataImages(context: Pick<ImageContext, 'cacheDir' | 'report'>): Promise<ImageArchive> {
  const key = keyOf(rootfsRecipe(), JSON.stringify(dataImages));
  const path = archivePath(context.cacheDir, 'data', key);
  const images = dataImages.map(({ name }) => reference(name));
  if (existsSync(path)) return { path, images };
  context.report?.('Debian root file system with PostgreSQL, MariaDB, Redis and RabbitMQ');
  const tar = `${path}.${process.pid}.rootfs.tar`;
  try {
    await buildRootfs(context.cacheDir, tar);
    const layer = await layerFrom(tar);
    await writeArchive(
      path,
      dataImages.map(({ name, settings }) => ({ reference: reference(name), layers: [layer], settings })),
    );
  } finally {
    await rm(tar, { force: true });
  }
  return { path, images };
}

async function ensureToolImage(context: ImageContext, image: ToolImage): Promise<ImageArchive> {
  const inputs = await Promise.all(image.files.map(({ tool }) => fingerprint(context.tools[tool])));
  const path = archivePath(context.cacheDir, image.name.replace(':', '-'), keyOf(JSON.stringify(image), ...inputs));
  const images = [reference(image.name)];
  if (existsSync(path)) return { path, images };
  context.report?.(`image ${image.name}`);
  await mkdir(dirname(path), { recursive: true });
  const tar = `${path}.${process.pid}.layer.tar`;
  try {
    const layer = await writeLayer(tar, await layerEntries(context, image));
    await writeArchive(path, [{ reference: reference(image.name), layers: [layer], settings: image.settings }]);
  } finally {
    await rm(tar, { force: true });
  }
  return { path, images };
}

async function layerEntries(context: ImageContext, image: ToolImage): Promise<LayerEntry[]> {
  const files: LayerEntry[] = image.files.map(({ tool, to }) => ({
    path: to,
    mode: 0o755,
    source: context.tools[tool],
  }));
  const links: LayerEntry[] = (image.links ?? []).map(({ path, to }) => ({ path, mode: 0o777, link: to }));
  if (image.busybox) {
    const root = await unpackPackages(context.cacheDir, ['busybox-static']);
    files.push({ path: '/bin/busybox', mode: 0o755, source: join(root, 'bin/busybox') });
    links.push({ path: '/bin/sh', mode: 0o777, link: 'busybox' });
  }
  const open: LayerEntry[] = ['/tmp', ...(image.folders ?? [])].map((path) => ({ path, mode: 0o1777 }));
  const given = new Set(open.map((entry) => entry.path));
  const parents = new Set(files.map((entry) => dirname(entry.path)).filter((path) => path !== '/' && !given.has(path)));
  const etc: LayerEntry[] = [
    { path: '/etc', mode: 0o755 },
    { path: '/etc/passwd', mode: 0o644, text: 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' },
  ];
  return [...open, ...[...parents].map((path) => ({ path, mode: 0o755 })), ...etc, ...files, ...links];
}

/** A built program is known by its place in the cache (whose name follows from its sources), its size and its time. */
async function fingerprint(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  return `${path} ${size} ${mtimeMs}`;
}

/** A key of the cache, from all that went into what it stands for. */
export function keyOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);
}

/** Where an archive is kept. */
export function archivePath(cacheDir: string, name: string, key: string): string {
  return join(cacheDir, 'images', `${name}-${key}.tar`);
}
