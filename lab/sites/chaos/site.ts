/** The small site of the chaos matrix: installed and backed up once, lost and brought back in each cell. */
import { createHash } from 'node:crypto';
import { textAt } from '../../../src/kube/read.ts';
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
  if (found !== undefined && leftOn(found, 'paused').length === 0) return;
  await kube.remove(ref);
  await kube.create(schedule);
}

/** What acts by the clock and is stopped now, one line each; an idle site has none. */
export async function stoppedThings(kube: KubeClient): Promise<string[]> {
  const refs = [
    { apiVersion: 'batch/v1', kind: 'CronJob', namespace: web, name: 'report', field: 'suspend' },
    { apiVersion: 'velero.io/v1', kind: 'Schedule', namespace: veleroNamespace, name: 'chaos-yearly', field: 'paused' },
  ];
  const lines: string[] = [];
  for (const { field, ...ref } of refs) {
    const found = await kube.get(ref);
    if (found === undefined) lines.push(`${ref.kind} ${ref.name} is gone`);
    else lines.push(...leftOn(found, field));
  }
  return lines;
}

function leftOn(object: KubeObject, field: string): string[] {
  const { spec } = object;
  const isStopped = typeof spec === 'object' && spec !== null && Reflect.get(spec, field) === true;
  const notes = Object.keys(object.metadata.annotations ?? {}).filter((key) => /^rekindle\.dev\/.*quiesce/.test(key));
  const what = `${object.kind} ${object.metadata.name}`;
  return [...(isStopped ? [`${what} has ${field}: true`] : []), ...notes.map((key) => `${what} has annotation ${key}`)];
}

function namespaceRef(name: string) {
  return { apiVersion: 'v1', kind: 'Namespace', name };
}

function redis(kube: KubeClient, command: readonly string[]): Promise<string> {
  return execIn(kube, { namespace: data, pod: 'keys-0', container: 'redis' }, ['redis-cli', '-e', ...command]);
}
