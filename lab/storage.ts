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
import type { Home } from './joins.ts';
import type { Machine } from './machine.ts';
import type { LabRange } from './names.ts';
import { csiSocket, kubeletRoot, poolFolder } from './places.ts';
import type { SitePlaces } from './places.ts';
import type { Programs } from './programs.ts';
import { LabError, run, waitFor } from './run.ts';
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

/** Where the S3 server of a lab answers. */
export function s3Endpoint(range: LabRange): string {
  return `http://${range.nodeAddress}:${s3Port}`;
}

/** What storage is started with. */
export interface StorageSettings {
  readonly machine: Machine;
  readonly tools: Pick<ToolPaths, 'versitygw' | 'lab-csi'>;
  readonly nodeName: string;
}

/**
 * Mounts the pool inside the machine and starts the S3 server and our CSI driver on their data. `isShared`: a joined lab
 * runs and has the pool mounted.
 */
export async function startStorage(settings: StorageSettings, places: SitePlaces, isShared: boolean): Promise<void> {
  const { machine, tools } = settings;
  // The loop device of a pool that was just let go takes a moment to be free.
  if (!isShared && !(await isMounted(machine))) await awaitPoolFree(places.poolImage, 60);
  await mountPool(machine, places);
  mkdirSync(join(places.s3, 'data', bucket), { recursive: true });
  const { accessKey, secretKey } = s3Keys(places);
  machine.daemon(
    's3',
    [tools.versitygw, '--port', `${machine.range.nodeAddress}:${s3Port}`, 'posix', join(places.s3, 'data')],
    { ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey },
  );
  startDriver(settings, []);
  await awaitStorage(machine, machine);
}

/** Mounts the pool of the lab that this one is joined to and starts our CSI driver on it; the S3 server is that lab's. */
export async function joinStorage(settings: StorageSettings, home: Home): Promise<void> {
  const { machine } = settings;
  if ((await deviceOf(home.places.poolImage)) === undefined)
    throw new LabError(
      `lab ${home.machine.names.name} has no storage pool mounted: bring it up again (lab up --name ${home.machine.names.name})`,
    );
  await mountPool(machine, home.places);
  startDriver(settings, ['--owner', machine.names.name]);
  await awaitStorage(machine, home.machine);
}

/** Deletes what a joined lab, which has ended, made in the pool. */
export async function leaveStorage(guest: string, home: Home, tools: Pick<ToolPaths, 'lab-csi'>): Promise<void> {
  await home.machine.run([tools['lab-csi'], '--pool', poolFolder, '--owner', guest, '--forget']);
}

function startDriver({ machine, tools, nodeName }: StorageSettings, more: readonly string[]): void {
  machine.daemon('csi-driver', [
    ...[tools['lab-csi'], '--pool', poolFolder, '--endpoint', csiSocket],
    ...['--kubelet-root', kubeletRoot, '--node', nodeName, ...more],
  ]);
}

async function awaitStorage(driver: Machine, server: Machine): Promise<void> {
  await waitFor('the S3 server answers', 120, async () => {
    server.daemons.insist('s3');
    driver.daemons.insist('csi-driver');
    // Any answer will do, also one that refuses: it is asked without a key.
    const answer = await fetch(`${s3Endpoint(server.range)}/`, { signal: AbortSignal.timeout(2000) });
    return answer.status > 0 ? true : undefined;
  });
}

async function isMounted(machine: Machine): Promise<boolean> {
  return (await machine.run(['cat', '/proc/mounts'])).includes(` ${poolFolder} btrfs `);
}

// Two loop devices over one file would be two file systems that know nothing of each other: the one that is there is taken.
async function mountPool(machine: Machine, places: SitePlaces): Promise<void> {
  if (await isMounted(machine)) return;
  const device = await deviceOf(places.poolImage);
  const source = device === undefined ? ['-o', 'loop', places.poolImage] : [device];
  await machine.run(['mkdir', '-p', poolFolder, '/run/csi']);
  await machine.run(['mount', '-t', 'btrfs', ...source, poolFolder]);
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

/** Waits until no loop device is attached to a pool. */
export async function awaitPoolFree(image: string, seconds: number): Promise<void> {
  await waitFor('the storage pool is free', seconds, async () =>
    (await deviceOf(image)) === undefined ? true : undefined,
  );
}

// Found by the file's inode: the path that the kernel shows is that of the lab which made the device, and breaks off with it.
async function deviceOf(image: string): Promise<string | undefined> {
  if (!existsSync(image)) return undefined;
  const listed = await run(['losetup', '--associated', image, '--noheadings', '--output', 'NAME']);
  return listed
    .split('\n')
    .find((line) => line !== '')
    ?.trim();
}
