import type { BackupItem } from '../../../src/model/backup.ts';

/** A backup item for tests; `resource` as Velero writes it. */
export function item(resource: string, kind: string, name: string, more: Partial<BackupItem> = {}): BackupItem {
  return { resource, apiVersion: 'v1', kind, name, labels: {}, annotations: {}, ...more };
}

export const namespaced = (
  resource: string,
  kind: string,
  namespace: string,
  name: string,
  more: Partial<BackupItem> = {},
): BackupItem => item(resource, kind, name, { namespace, ...more });

export const claim = (namespace: string, name: string): BackupItem =>
  namespaced('persistentvolumeclaims', 'PersistentVolumeClaim', namespace, name);

export const deployment = (namespace: string, name: string, more: Partial<BackupItem> = {}): BackupItem =>
  namespaced('deployments.apps', 'Deployment', namespace, name, { apiVersion: 'apps/v1', ...more });

const snapshotApi = { apiVersion: 'snapshot.storage.k8s.io/v1' };

export const snapshotOf = (namespace: string, name: string, claimName: string): BackupItem =>
  namespaced('volumesnapshots.snapshot.storage.k8s.io', 'VolumeSnapshot', namespace, name, {
    ...snapshotApi,
    of: { namespace, name: claimName },
  });

export const contentOf = (name: string, namespace: string, snapshot: string): BackupItem =>
  item('volumesnapshotcontents.snapshot.storage.k8s.io', 'VolumeSnapshotContent', name, {
    ...snapshotApi,
    of: { namespace, name: snapshot },
    csiDriver: 'csi.test',
  });

export const volumeOf = (name: string, namespace: string, claimName: string): BackupItem =>
  item('persistentvolumes', 'PersistentVolume', name, { of: { namespace, name: claimName } });
