import { join } from 'node:path';

/** Where a site-level lab keeps its things on the host, and what stands inside at the usual places. */
export interface SitePlaces {
  readonly stateDir: string;
  readonly pki: string;
  /** All that is lost with the cluster. */
  readonly cluster: string;
  readonly kubeconfigs: string;
  readonly config: string;
  readonly bin: string;
  readonly s3: string;
  readonly poolImage: string;
  /** Host folder to the place where the lab sees it. */
  readonly seen: ReadonlyMap<string, string>;
}

/** The kubelet's usual folder: it is also where Velero's node agent looks, and short enough for socket paths (107 characters). */
export const kubeletRoot = '/var/lib/kubelet';
/** Where the storage pool is mounted, inside. */
export const poolFolder = '/run/pool';
/** Socket of our CSI driver, inside. */
export const csiSocket = '/run/csi/csi.sock';
/** Socket of containerd, inside. */
export const containerdSocket = '/run/containerd/containerd.sock';

/** The places of one lab. `cache` is seen inside at its own path, for the programs. */
export function placesOf(stateDir: string, cache: string): SitePlaces {
  const cluster = join(stateDir, 'cluster');
  return {
    stateDir,
    pki: join(stateDir, 'pki'),
    cluster,
    kubeconfigs: join(stateDir, 'kubeconfigs'),
    config: join(stateDir, 'config'),
    bin: join(stateDir, 'bin'),
    s3: join(stateDir, 's3'),
    poolImage: join(stateDir, 'pool.img'),
    seen: new Map([
      [cache, cache],
      [stateDir, stateDir],
      [join(cluster, 'kubelet'), kubeletRoot],
      [join(cluster, 'pod-logs'), '/var/log/pods'],
      [join(cluster, 'cni'), '/var/lib/cni'],
      [join(stateDir, 'containerd'), '/var/lib/containerd'],
    ]),
  };
}
