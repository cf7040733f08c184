import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { installCrds } from '../../lab/crds.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { type BackupWish, lookForBackup } from '../../src/velero/pin.ts';
import { makeAvailable, makeDeployment } from '../support/alive-deployment.ts';

const velero = 'velero.io/v1';
const seconds = (offset: number): string => new Date(Date.now() + offset * 1000).toISOString().replace(/\.\d+/, '');

/** Statuses are written as Velero 1.18.3 writes them; its kinds have no status subresource. */
describe('finding the Backup to restore from', () => {
  let clusters: ClusterSource;
  let kube: KubeClient;
  let namespace: string;

  beforeAll(async () => {
    const lab = inject('lab');
    await installCrds(lab, ['velero']);
    clusters = clustersFromKubeconfig(lab.kubeconfig);
    kube = clusters.client(lab.context);
  });
  afterAll(() => clusters.close());
  beforeEach(async () => {
    namespace = `pin-${randomUUID().slice(0, 8)}`;
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  });

  const server = async (state: 'available' | 'starting' | 'scaled down' = 'available'): Promise<void> => {
    await makeDeployment(kube, namespace, 'velero', state === 'scaled down' ? 0 : 1);
    if (state === 'available') await makeAvailable(kube, namespace, 'velero');
  };
  const location = async (status: object): Promise<void> => {
    const spec = { provider: 'aws', objectStorage: { bucket: 'b' } };
    await kube.create({
      apiVersion: velero,
      kind: 'BackupStorageLocation',
      metadata: { namespace, name: 'default' },
      spec,
      status,
    });
  };
  const backup = async (name: string, status: object, labels: Record<string, string> = {}): Promise<void> => {
    await kube.create({
      apiVersion: velero,
      kind: 'Backup',
      metadata: { namespace, name, labels },
      spec: { storageLocation: 'default' },
      status,
    });
  };
  const available = { phase: 'Available', lastSyncedTime: seconds(600), lastValidationTime: seconds(600) };
  const completed = {
    phase: 'Completed',
    startTimestamp: '2026-11-20T02:00:00Z',
    completionTimestamp: '2026-11-20T02:05:00Z',
    expiration: seconds(86_400),
  };
  const look = (wish: BackupWish = {}, since = new Date(), source: object = { backup: 'nightly' }) =>
    lookForBackup(kube, { namespace, ...source }, wish, since);
  const longAgo = new Date(Date.now() - 600_000);
  const blockedFor = (reason: string, words: string) => ({
    state: 'blocked',
    finding: { severity: 'block', reason, message: expect.stringContaining(words) },
  });

  it('pins a Completed one by name, location and start', async () => {
    await server();
    await location(available);
    await backup('nightly', completed);

    expect(await look()).toEqual({
      state: 'pinned',
      backup: {
        namespace,
        name: 'nightly',
        storageLocation: 'default',
        startTimestamp: '2026-11-20T02:00:00Z',
        completionTimestamp: '2026-11-20T02:05:00Z',
        phase: 'Completed',
      },
    });
  });

  it("takes the request's Backup instead of the plan's", async () => {
    await server();
    await location(available);
    await backup('older', completed);

    expect(await look({ backup: 'older' })).toMatchObject({ state: 'pinned', backup: { name: 'older' } });
  });

  it('says that Velero is absent where its kinds are not served', async () => {
    const bare: KubeClient = Object.create(kube, { resource: { value: () => Promise.resolve(undefined) } });

    expect(await lookForBackup(bare, { namespace, backup: 'nightly' }, {}, new Date())).toEqual(
      blockedFor('VeleroAbsent', "does not serve Velero's kinds"),
    );
  });

  it('says that Velero is absent where no server stands in the namespace', async () => {
    expect(await look()).toEqual(blockedFor('VeleroAbsent', 'has no Velero server'));
  });

  it('waits for a server that is only just starting, and not forever', async () => {
    await server('starting');

    expect(await look()).toMatchObject({ state: 'waiting', reason: expect.stringContaining('no available pod yet') });
    expect(await look({}, longAgo)).toEqual(blockedFor('VeleroNotRunning', 'no available pod'));
  });

  it('says that the server is scaled down', async () => {
    await server('scaled down');

    expect(await look()).toEqual(blockedFor('VeleroNotRunning', 'scaled to 0'));
  });

  it('says that there is no storage location', async () => {
    await server();

    expect(await look()).toEqual(blockedFor('LocationMissing', 'has no BackupStorageLocation'));
  });

  it('waits for the sync before it says that a Backup is missing', async () => {
    await server();
    await location({ phase: 'Available', lastSyncedTime: seconds(-30), lastValidationTime: seconds(-30) });

    expect(await look()).toMatchObject({
      state: 'waiting',
      reason: expect.stringContaining(`to sync BackupStorageLocation ${namespace}/default (last at `),
    });

    await kube.patch({ apiVersion: velero, kind: 'BackupStorageLocation', namespace, name: 'default' }, 'merge', {
      status: { lastSyncedTime: seconds(600) },
    });

    expect(await look()).toEqual(
      blockedFor('BackupMissing', `Backup ${namespace}/nightly is not there, though Velero has synced`),
    );
  });

  it('says that a location was never synced when that takes too long', async () => {
    await server();
    await location({ phase: 'Available' });

    expect(await look({}, longAgo)).toEqual(blockedFor('LocationNotSynced', 'never yet'));
  });

  it('says that the location is Unavailable, with what Velero says', async () => {
    await server();
    await location({ phase: 'Unavailable', message: 'no route to host', lastValidationTime: seconds(600) });
    await backup('nightly', completed);

    expect(await look()).toEqual(blockedFor('LocationUnavailable', 'is Unavailable (no route to host)'));
  });

  it('does not believe a verdict on the location from before the run began', async () => {
    await server();
    await location({ phase: 'Unavailable', lastValidationTime: seconds(-60) });
    await backup('nightly', completed);

    expect(await look()).toMatchObject({
      state: 'waiting',
      reason: expect.stringContaining('has not been validated yet'),
    });
  });

  it.each([
    ['Failed', 'BackupFailed', 'ended as Failed (disk full)'],
    ['FailedValidation', 'BackupFailed', 'ended as FailedValidation'],
    ['Deleting', 'BackupDeleting', 'is being deleted'],
    ['InProgress', 'BackupInProgress', 'is not finished (phase InProgress)'],
    ['Finalizing', 'BackupInProgress', 'is not finished'],
  ])('refuses a Backup in phase %s', async (phase, reason, words) => {
    await server();
    await location(available);
    await backup('nightly', { ...completed, phase, failureReason: phase === 'Failed' ? 'disk full' : '' });

    expect(await look({ acceptBackup: 'nightly' })).toEqual(blockedFor(reason, words));
  });

  it.each([
    [
      'PartiallyFailed',
      { ...completed, phase: 'PartiallyFailed' },
      'BackupPartiallyFailed',
      'ended as PartiallyFailed',
      'PartiallyFailed',
    ],
    ['expired', { ...completed, expiration: seconds(-60) }, 'BackupExpired', 'expired at', 'Expired'],
    [
      'both',
      { ...completed, phase: 'PartiallyFailed', expiration: seconds(-60) },
      'BackupPartiallyFailed',
      'and expired at',
      'PartiallyFailed, Expired',
    ],
  ])(
    'holds a Backup that is %s until it is accepted by its own name',
    async (_what, status, reason, words, accepted) => {
      await server();
      await location(available);
      await backup('nightly', status);

      expect(await look()).toEqual(blockedFor(reason, words));
      expect(await look()).toMatchObject({
        finding: { message: expect.stringContaining('retryStep {"step":"preflight","acceptBackup":"nightly"}') },
      });
      expect(await look({ acceptBackup: 'another' })).toEqual(blockedFor(reason, words));
      expect(await look({ acceptBackup: 'nightly' })).toMatchObject({
        state: 'pinned',
        backup: { name: 'nightly', accepted },
      });
    },
  );

  describe('of a Schedule', () => {
    const ofNightly = { 'velero.io/schedule-name': 'nightly' };
    const lookFor = (wish: BackupWish = {}) => look(wish, new Date(), { schedule: 'nightly' });
    const begun = (day: number, more: object = {}) => ({
      ...completed,
      startTimestamp: `2026-11-${day}T02:00:00Z`,
      ...more,
    });

    it('takes the newest that is Completed, and nobody else’s', async () => {
      await server();
      await location(available);
      await backup('n-17', begun(17), ofNightly);
      await backup('n-18', begun(18), ofNightly);
      await backup('n-19', begun(19, { phase: 'PartiallyFailed' }), ofNightly);
      await backup('other-20', begun(20));

      expect(await lookFor()).toMatchObject({ state: 'pinned', backup: { name: 'n-18' } });
      expect(await lookFor({ acceptBackup: 'n-19' })).toMatchObject({
        state: 'pinned',
        backup: { name: 'n-19', accepted: 'PartiallyFailed' },
      });
    });

    it('does not choose before the location is synced: a newer one may appear', async () => {
      await server();
      await location({ ...available, lastSyncedTime: seconds(-30) });
      await backup('n-17', begun(17), ofNightly);

      expect(await lookFor()).toMatchObject({ state: 'waiting' });
    });

    it('names the newest and why it is not usable where none is', async () => {
      await server();
      await location(available);
      await backup('n-18', begun(18, { phase: 'Failed' }), ofNightly);
      await backup('n-19', begun(19, { phase: 'PartiallyFailed' }), ofNightly);

      expect(await lookFor()).toEqual(blockedFor('NoUsableBackup', 'has no usable Backup among 2; the newest: '));
    });

    it('says that there is none', async () => {
      await server();
      await location(available);

      expect(await lookFor()).toEqual(
        blockedFor('BackupMissing', `a Backup of Schedule ${namespace}/nightly is not there`),
      );
    });
  });
});
