import { describe, expect, it } from 'vitest';
import type { PinnedBackup } from '../../../src/model/backup.ts';
import { storeTimes } from '../../../src/velero/data-times.ts';
import { itemOf } from '../../../src/velero/inventory.ts';

const backup: PinnedBackup = {
  namespace: 'velero',
  name: 'nightly',
  storageLocation: 'default',
  startTimestamp: '2026-11-20T03:00:00Z',
  phase: 'Completed',
};
const snapshotApi = 'snapshot.storage.k8s.io/v1';

const claim = (name: string) =>
  itemOf('persistentvolumeclaims', {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'shop' },
  });
const snapshot = (of: string, status?: object) =>
  itemOf('volumesnapshots.snapshot.storage.k8s.io', {
    apiVersion: snapshotApi,
    kind: 'VolumeSnapshot',
    metadata: { name: `velero-${of}`, namespace: 'shop' },
    spec: { source: { persistentVolumeClaimName: of } },
    ...(status ? { status } : {}),
  });
const content = (of: string, creationTime: unknown) =>
  itemOf('volumesnapshotcontents.snapshot.storage.k8s.io', {
    apiVersion: snapshotApi,
    kind: 'VolumeSnapshotContent',
    metadata: { name: `content-${of}` },
    spec: { driver: 'hostpath', volumeSnapshotRef: { namespace: 'shop', name: `velero-${of}` } },
    status: { creationTime },
  });
const stepOf = () => 'volumes';

describe('the point in time of each store', () => {
  it('is when the storage took the snapshot, oldest first', () => {
    const items = [
      claim('orders'),
      snapshot('orders', { creationTime: '2026-11-20T03:00:40Z' }),
      claim('catalog'),
      snapshot('catalog', { creationTime: '2026-11-20T03:00:12Z' }),
    ];

    expect(storeTimes(backup, items, [], stepOf)).toEqual([
      { store: 'shop/catalog', step: 'volumes', dataAt: '2026-11-20T03:00:12.000Z', dataAtIs: 'the snapshot' },
      { store: 'shop/orders', step: 'volumes', dataAt: '2026-11-20T03:00:40.000Z', dataAtIs: 'the snapshot' },
    ]);
  });

  it('is read from the content where the snapshot does not say it, in nanoseconds', () => {
    const items = [claim('orders'), snapshot('orders'), content('orders', Date.UTC(2026, 10, 20, 3, 0, 40, 123) * 1e6)];

    expect(storeTimes(backup, items, [], stepOf)).toMatchObject([
      { dataAt: '2026-11-20T03:00:40.123Z', dataAtIs: 'the snapshot' },
    ]);
  });

  it('is when the files began to be read, of a volume that was backed up file by file', () => {
    const files = [
      { namespace: 'shop', pod: 'web', volume: 'up', claim: 'uploads', begunAt: '2026-11-20T03:01:00Z' },
      { namespace: 'other', pod: 'web', volume: 'up', claim: 'orders', begunAt: '2026-11-20T03:02:00Z' },
    ];

    expect(storeTimes(backup, [claim('uploads'), claim('orders')], files, stepOf)).toMatchObject([
      { store: 'shop/orders', dataAt: '2026-11-20T03:00:00.000Z', dataAtIs: "the Backup's start" },
      { store: 'shop/uploads', dataAt: '2026-11-20T03:01:00.000Z', dataAtIs: 'the file-system backup' },
    ]);
  });

  it.each([['no time at all'], [Number.NaN], [1e300], [null]])(
    'is the Backup’s start where a content says %s',
    (said) => {
      const items = [claim('orders'), snapshot('orders'), content('orders', said)];

      expect(storeTimes(backup, items, [], () => undefined)).toEqual([
        { store: 'shop/orders', dataAt: '2026-11-20T03:00:00.000Z', dataAtIs: "the Backup's start" },
      ]);
    },
  );
});
