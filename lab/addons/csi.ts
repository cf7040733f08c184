import { apply, getObject } from '../api.ts';
import type { Admin } from '../api.ts';
import type { Machine } from '../machine.ts';
import { csiSocket } from '../places.ts';
import { waitFor } from '../run.ts';
import type { ToolPaths } from '../tools.ts';

/** Name of our CSI driver, as its StorageClass and VolumeSnapshotClass give it. */
export const csiDriverName = 'csi.lab.rekindle.dev';

/** Makes the classes and starts the provisioner, the snapshotter and the snapshot controller. */
export async function startCsi(
  machine: Machine,
  admin: Admin,
  tools: Pick<ToolPaths, 'csi-provisioner' | 'csi-snapshotter' | 'snapshot-controller'>,
  nodeName: string,
): Promise<void> {
  await apply(admin, storageObjects());
  const common = [`--kubeconfig=${admin.kubeconfig}`, '--kube-api-qps=50', '--kube-api-burst=100'];
  const socket = `--csi-address=${csiSocket}`;
  machine.daemon('csi-provisioner', [tools['csi-provisioner'], socket, ...common, '--extra-create-metadata']);
  machine.daemon('csi-snapshotter', [tools['csi-snapshotter'], socket, ...common]);
  machine.daemon('snapshot-controller', [tools['snapshot-controller'], ...common]);
  await waitFor(`the kubelet knows the driver ${csiDriverName}`, 180, async () => {
    for (const name of ['csi-driver', 'csi-provisioner', 'csi-snapshotter', 'snapshot-controller'])
      machine.daemons.insist(name);
    const node = (await getObject(admin, `/apis/storage.k8s.io/v1/csinodes/${nodeName}`)) as
      { spec?: { drivers?: { name: string }[] | null } } | undefined;
    return node?.spec?.drivers?.some(({ name }) => name === csiDriverName) === true ? true : undefined;
  });
}

function storageObjects(): unknown[] {
  return [
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'CSIDriver',
      metadata: { name: csiDriverName },
      spec: {
        attachRequired: false,
        podInfoOnMount: false,
        fsGroupPolicy: 'File',
        volumeLifecycleModes: ['Persistent'],
      },
    },
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'lab', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: csiDriverName,
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'WaitForFirstConsumer',
    },
    {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshotClass',
      // The label by which Velero finds the class for a driver's volumes.
      metadata: { name: 'lab', labels: { 'velero.io/csi-volumesnapshot-class': 'true' } },
      driver: csiDriverName,
      deletionPolicy: 'Delete',
    },
  ];
}
