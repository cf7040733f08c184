/** The small site of the chaos matrix: installed and backed up once, lost and brought back in each cell. */
import { createHash } from 'node:crypto';
import { textAt } from '../../../src/kube/read.ts';
import { beforeAnnotation, quiescedByAnnotation } from '../../../src/quiesce/marks.ts';
import type { KubeClient, KubeObject } from '../../../src/kube/types.ts';
import { applyAll, execIn, waitReady, waitUntil } from '../cluster.ts';
import { completeVelero, insistOnContents, letVeleroSeeAllKinds, veleroNamespace } from '../velero.ts';
import { chaosNamespaces, chaosObjects, chaosSchedule } from './objects.ts';

/** Name of the one Backup. */
export const chaosBackup = 'chaos';

const [data, web] = chaosNamespaces;
const keys = 2000;

// Redis hands a script its keys in any order, hence the sort.
const digest = `local keys = redis.call('KEYS', '*')
table.sort(keys)
local sum = ''
for _, key in ipairs(keys) do sum = redis.sha1hex(sum .. key .. '=' .. redis.call('GET', key)) end
return #keys .. ' ' .. sum`;
const fill = `redis.call('FLUSHALL')
for i = 1, tonumber(ARGV[1]) do redis.call('SET', string.format('key:%06d', i), 'value ' .. (i * 7919 % 10007)) end
return redis.call('DBSIZE')`;

/** Installs the site, fills its store, takes the Backup. Answers what the store held then. What is there already is left. */
export async function installChaosSite(kube: KubeClient): Promise<string> {
  await applyAll(kube, chaosObjects());
  await applyAll(kube, [chaosSchedule(veleroNamespace)]);
  await waitReady(kube, 'StatefulSet', data, 'keys', 180_000);
  await waitReady(kube, 'Deployment', web, 'web', 120_000);
  await letVeleroSeeAllKinds(kube);
  const known = await kube.get(backupRef);
  if (textAt(known, 'status', 'phase') === 'Completed') return seededKeys();
  await redis(kube, ['eval', fill, '0', String(keys)]);
  await redis(kube, ['save']);
  await completeVelero(kube, 'Backup', chaosBackup, {
    includedNamespaces: [...chaosNamespaces],
    includeClusterResources: true,
    snapshotVolumes: true,
    storageLocation: 'default',
    ttl: '720h0m0s',
  });
  await insistOnContents(kube, chaosBackup, [{ resource: 'persistentvolumeclaims', name: 'data-keys-0' }]);
  const held = await readKeys(kube);
  if (held !== seededKeys()) throw new Error(`the store holds ${held} after it was filled, not ${seededKeys()}`);
  return held;
}

/** What the store was filled with, reckoned without it: it is the same for every lab. */
function seededKeys(): string {
  let sum = '';
  for (let i = 1; i <= keys; i += 1) {
    const entry = `key:${String(i).padStart(6, '0')}=value ${(i * 7919) % 10007}`;
    sum = createHash('sha1').update(`${sum}${entry}`).digest('hex');
  }
  return `${keys} ${sum}`;
}

const backupRef = { apiVersion: 'velero.io/v1', kind: 'Backup', namespace: veleroNamespace, name: chaosBackup };

/** How many keys the store holds, and a checksum over all of them that it computed itself. */
export function readKeys(kube: KubeClient): Promise<string> {
  return redis(kube, ['eval', digest, '0']);
}

/** The disaster: both namespaces with all that is in them. */
export async function loseChaosSite(kube: KubeClient): Promise<void> {
  for (const name of chaosNamespaces) await kube.remove(namespaceRef(name));
  for (const name of chaosNamespaces)
    await waitUntil(`namespace ${name} is still there`, 120_000, async () =>
      (await kube.get(namespaceRef(name))) === undefined ? undefined : 'its objects are being deleted',
    );
}

/** Makes the Schedule anew where a recovery that was killed has left it stopped. */
export async function renewSchedule(kube: KubeClient): Promise<void> {
  const schedule = chaosSchedule(veleroNamespace);
  const { apiVersion, kind, metadata } = schedule;
  const ref = { apiVersion, kind, namespace: veleroNamespace, name: metadata.name };
  const found = await kube.get(ref);
  if (found !== undefined && !isSet(found, 'paused') && marksOn(found).length === 0) return;
  await kube.remove(ref);
  await kube.create(schedule);
}

/** Something of the site that acts by the clock. */
export interface ClockThing {
  readonly what: string;
  readonly isThere: boolean;
  readonly isStopped: boolean;
  /** The marks of a quiesce that are on it. */
  readonly marks: readonly string[];
}

/** What acts by the clock, as it is now. */
export async function clockThings(kube: KubeClient): Promise<ClockThing[]> {
  const refs = [
    { apiVersion: 'batch/v1', kind: 'CronJob', namespace: web, name: 'report', field: 'suspend' },
    { apiVersion: 'velero.io/v1', kind: 'Schedule', namespace: veleroNamespace, name: 'chaos-yearly', field: 'paused' },
  ];
  const things: ClockThing[] = [];
  for (const { field, ...ref } of refs) {
    const found = await kube.get(ref);
    const isStopped = found !== undefined && isSet(found, field);
    things.push({
      what: `${ref.kind} ${ref.name}`,
      isThere: found !== undefined,
      isStopped,
      marks: found ? marksOn(found) : [],
    });
  }
  return things;
}

/** What is wrong with things that must act by the clock again, one line each. */
export function leftStopped({ what, isThere, isStopped, marks }: ClockThing): string[] {
  if (!isThere) return [`${what} is gone`];
  return [...(isStopped ? [`${what} is stopped`] : []), ...marks.map((key) => `${what} has annotation ${key}`)];
}

function isSet({ spec }: KubeObject, field: string): boolean {
  return typeof spec === 'object' && spec !== null && Reflect.get(spec, field) === true;
}

function marksOn(object: KubeObject): string[] {
  const marks: readonly string[] = [beforeAnnotation, quiescedByAnnotation];
  return Object.keys(object.metadata.annotations ?? {}).filter((key) => marks.includes(key));
}

function namespaceRef(name: string) {
  return { apiVersion: 'v1', kind: 'Namespace', name };
}

function redis(kube: KubeClient, command: readonly string[]): Promise<string> {
  return execIn(kube, { namespace: data, pod: 'keys-0', container: 'redis' }, ['redis-cli', '-e', ...command]);
}
