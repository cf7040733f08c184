import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { writeIfChanged } from './files.ts';
import type { Machine } from './machine.ts';
import { csiSocket, kubeletRoot, poolFolder } from './places.ts';
import type { SitePlaces } from './places.ts';
import type { Programs } from './programs.ts';
import { run, waitFor } from './run.ts';
import type { ToolPaths } from './tools.ts';

/** The bucket that Velero writes to. */
export const bucket = 'velero';
/** Port of the S3 server on the node's address. */
export const s3Port = 9000;

/** Key pair of the S3 server; made with the lab, kept in its state. */
export interface S3Keys {
  readonly accessKey: string;
  readonly secretKey: string;
}

// A sparse file: it takes the room of what is in it.
const poolBytes = 12 * 1024 ** 3;

/** Makes the storage pool, unless there is one: a file with a btrfs in it, whose snapshots are atomic and take milliseconds. */
export async function ensurePool(places: SitePlaces, programs: Programs): Promise<void> {
  if (existsSync(places.poolImage) && statSync(places.poolImage).size > 0) return;
  // Formatted aside: a file of that name is a pool with data, whatever happened while it was made.
  const aside = `${places.poolImage}.part`;
  rmSync(aside, { force: true });
  writeFileSync(aside, '');
  truncateSync(aside, poolBytes);
  const mkfs = ['sbin/mkfs.btrfs', 'usr/sbin/mkfs.btrfs']
    .map((path) => join(programs.root, path))
    .find((path) => existsSync(path));
  await run([mkfs ?? 'mkfs.btrfs', '--quiet', '--label', 'rekindle-lab', aside], { env: programs.environment });
  renameSync(aside, places.poolImage);
}

/** Mounts the pool inside the machine and starts the S3 server and our CSI driver on their data. */
export async function startStorage(
  machine: Machine,
  places: SitePlaces,
  tools: Pick<ToolPaths, 'versitygw' | 'lab-csi'>,
  nodeName: string,
): Promise<void> {
  const mounted = (await machine.run(['cat', '/proc/mounts'])).includes(` ${poolFolder} btrfs `);
  if (!mounted) {
    // The loop device of a pool that was just let go takes a moment to be free.
    await waitFor('the storage pool is free', 60, () => (isAttached(places.poolImage) ? undefined : true));
    await machine.run(['mkdir', '-p', poolFolder, '/run/csi']);
    await machine.run(['mount', '-o', 'loop', places.poolImage, poolFolder]);
  }
  mkdirSync(join(places.s3, 'data', bucket), { recursive: true });
  const { accessKey, secretKey } = s3Keys(places);
  machine.daemon(
    's3',
    [tools.versitygw, '--port', `${machine.range.nodeAddress}:${s3Port}`, 'posix', join(places.s3, 'data')],
    { ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey },
  );
  machine.daemon('csi-driver', [
    ...[tools['lab-csi'], '--pool', poolFolder, '--endpoint', csiSocket],
    ...['--kubelet-root', kubeletRoot, '--node', nodeName],
  ]);
  await waitFor('the S3 server answers', 120, async () => {
    machine.daemons.insist('s3');
    machine.daemons.insist('csi-driver');
    // Any answer will do, also one that refuses: it is asked without a key.
    const answer = await fetch(`http://${machine.range.nodeAddress}:${s3Port}/`, { signal: AbortSignal.timeout(2000) });
    return answer.status > 0 ? true : undefined;
  });
}

/** The S3 server's keys; made once. */
export function s3Keys(places: SitePlaces): S3Keys {
  const file = join(places.s3, 'keys.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as S3Keys;
  } catch {
    const keys = { accessKey: randomBytes(10).toString('hex'), secretKey: randomBytes(20).toString('hex') };
    writeIfChanged(file, JSON.stringify(keys));
    return keys;
  }
}

/** Whether Velero has written a backup into the bucket. */
export function hasBackups(places: SitePlaces): boolean {
  const folder = join(places.s3, 'data', bucket, 'backups');
  return existsSync(folder) && readdirSync(folder).length > 0;
}

/** Whether a loop device is attached to the file. */
export function isAttached(image: string): boolean {
  const devices = readdirSync('/sys/block').filter((name) => name.startsWith('loop'));
  return devices.some((device) => {
    try {
      return readFileSync(`/sys/block/${device}/loop/backing_file`, 'utf8').trim() === image;
    } catch {
      return false;
    }
  });
}
