/** Two whole labs on one bucket and one storage pool: what one backed up, the other restores; what one has, the other cannot harm. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { down, status, wipe } from '../../lab/lab.ts';
import { poolFolder } from '../../lab/places.ts';
import { showEvents } from '../../lab/report.ts';
import { waitReady, waitUntil, withCluster } from '../../lab/sites/cluster.ts';
import { completeVelero, runVelero, veleroNamespace } from '../../lab/sites/velero.ts';
import { textAt } from '../../src/kube/read.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import { joinLink, namesOf } from '../../lab/names.ts';
import { machineOf } from '../support/lab-machine.ts';
import { machineTraces } from '../support/machine-traces.ts';
import { bringTwoLabs, type TwoLabs } from '../support/two-labs.ts';
import { store, sumIn, VeleroLab } from '../support/velero-lab.ts';

const backup = 'before-the-drill';
const snapshotKind = 'snapshot.storage.k8s.io/v1';

let labs: TwoLabs;
let site: VeleroLab;
let before: string[];

beforeAll(async () => {
  labs = await bringTwoLabs(async (first) => {
    site = await VeleroLab.fill(first);
    await site.backUp(backup, { snapshotVolumes: true });
    before = await machineTraces(secondName(first.name));
  });
});
afterAll(async () => {
  await site?.clusters.close();
  await labs?.end();
});

const secondName = (first: string): string => `${first}-dr`;
const report = showEvents(process.stderr);
const inSecond = <T>(work: (kube: KubeClient) => Promise<T>): Promise<T> => withCluster(labs.second, work);
const veleroObject = (kube: KubeClient, kind: string, name: string): Promise<KubeObject | undefined> =>
  kube.get({ apiVersion: 'velero.io/v1', kind, namespace: veleroNamespace, name });

/** Snapshots and volumes in the pool, as the first lab sees them. */
async function poolHas(kind: 'snapshots' | 'volumes'): Promise<string[]> {
  const machine = await machineOf(labs.first);
  const files = (await machine.run(['ls', `${poolFolder}/${kind}`])).split('\n');
  return files.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
}

it("brings the second up with the first one's backups known, and none of them its own to change", async () => {
  expect(await status({ name: labs.second.name })).toMatchObject({
    state: 'running',
    info: { joins: labs.first.name, s3: labs.first.s3 },
  });
  expect(await status({ name: labs.first.name })).toMatchObject({ joined: [labs.second.name] });

  await inSecond(async (kube) => {
    expect(textAt(await veleroObject(kube, 'Backup', backup), 'status', 'phase')).toBe('Completed');
    const refused = await runVelero(kube, 'Backup', 'from-here', { includedNamespaces: ['default'] });
    expect(refused.phase).toBe('FailedValidation');
    expect(JSON.stringify(await veleroObject(kube, 'Backup', 'from-here'))).toMatch(/read-only mode/);
  });
});

it("restores a volume from the first one's snapshot, and what is written there stays there", async () => {
  const snapshots = await poolHas('snapshots');

  await inSecond(async (kube) => {
    await completeVelero(kube, 'Restore', 'drill', { backupName: backup, includedNamespaces: [store] });
    expect(await sumIn(kube, store)).toBe(site.sum);
    const { items } = await kube.list({ apiVersion: snapshotKind, kind: 'VolumeSnapshotContent' });
    expect(items.map((item) => textAt(item, 'spec', 'source', 'snapshotHandle'))).toEqual(snapshots);

    const { items: pods } = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace: store });
    const where = { namespace: store, pod: pods[0]?.metadata.name ?? '', container: 'app' };
    const command = ['/bin/busybox', 'sh', '-c', 'echo drilled > /data/blob'];
    await kube.exec({ ...where, command, timeoutMs: 30_000 });
    expect(await sumIn(kube, store)).not.toBe(site.sum);
  });

  expect(await site.sumIn(store)).toBe(site.sum);
});

it("gives its own volumes back, and leaves the first one's snapshot where it is", async () => {
  const snapshots = await poolHas('snapshots');

  await inSecond(async (kube) => {
    const { items } = await kube.list({ apiVersion: snapshotKind, kind: 'VolumeSnapshotContent' });
    expect(items.map((item) => textAt(item, 'spec', 'deletionPolicy'))).toEqual(['Retain']);
    await kube.remove({ apiVersion: 'v1', kind: 'Namespace', name: store });
    await waitUntil('the volume does not go', 60_000, async () => {
      const { items: volumes } = await kube.list({ apiVersion: 'v1', kind: 'PersistentVolume' });
      return volumes.length === 0 ? undefined : `${volumes.length} are left`;
    });
    await waitUntil('the namespace does not go', 60_000, async () =>
      (await kube.get({ apiVersion: 'v1', kind: 'Namespace', name: store })) === undefined ? undefined : 'it is there',
    );
  });

  expect(await poolHas('snapshots')).toEqual(snapshots);
  expect(await poolHas('volumes')).toHaveLength(1);
  expect(await site.sumIn(store)).toBe(site.sum);
});

it('goes on working when the first one is lost and comes up again', async () => {
  await inSecond((kube) =>
    completeVelero(kube, 'Restore', 'again', { backupName: backup, includedNamespaces: [store] }),
  );

  await wipe({ name: labs.first.name, report });

  await withCluster(labs.first, async (kube) => {
    await completeVelero(kube, 'Restore', 'home', { backupName: backup, includedNamespaces: [store] });
    expect(await sumIn(kube, store)).toBe(site.sum);
  });
  await inSecond(async (kube) => {
    await waitReady(kube, 'Deployment', store, 'app', 60_000);
    expect(await sumIn(kube, store)).toBe(site.sum);
    // Over the new cable.
    await waitUntil('the location is not Available', 60_000, async () => {
      const phase = textAt(await veleroObject(kube, 'BackupStorageLocation', 'default'), 'status', 'phase');
      return phase === 'Available' ? undefined : phase;
    });
    await completeVelero(kube, 'Restore', 'after', {
      backupName: backup,
      includedNamespaces: [store],
      namespaceMapping: { [store]: 'store-2' },
    });
    expect(await sumIn(kube, 'store-2')).toBe(site.sum);
  });
});

it('goes before the first one does, and leaves nothing in it or on the machine', async () => {
  const machine = await machineOf(labs.first);
  const second = await machineOf(labs.second);
  const routes = async (): Promise<string> => machine.run(['ip', 'route']);
  expect(await routes()).toContain(`${second.range.block} via ${joinLink(second.range).guest}`);
  await expect(down({ name: labs.first.name, report })).rejects.toThrow(
    `lab ${labs.first.name} stays up while lab ${labs.second.name} is joined to it`,
  );
  expect(await poolHas('volumes')).toHaveLength(4); // the lost cluster's, the restored one's, and two of the second lab

  await labs.endSecond();

  expect(await routes()).not.toContain(second.range.block);
  expect(await machine.run(['ip', '-brief', 'link'])).not.toContain(namesOf(labs.second.name).joinInterface);
  expect(await poolHas('volumes')).toHaveLength(2);
  expect(await machineTraces(labs.second.name)).toEqual(before);
  expect(await status({ name: labs.first.name })).toMatchObject({ state: 'running', joined: [] });
  await withCluster(labs.first, async (kube) => {
    expect(await sumIn(kube, store)).toBe(site.sum);
    await completeVelero(kube, 'Backup', 'afterwards', { includedNamespaces: [store], snapshotVolumes: true });
  });
});
