import { join } from 'node:path';
import { getObject, kubectl } from './api.ts';
import type { Admin } from './api.ts';
import { dnsAddress } from './addons/dns.ts';
import { part } from './events.ts';
import type { Report } from './events.ts';
import { writeIfChanged } from './files.ts';
import type { Machine } from './machine.ts';
import { containerdSocket, kubeletRoot } from './places.ts';
import type { SitePlaces } from './places.ts';
import { writeKubeconfig } from './pki.ts';
import type { Programs } from './programs.ts';
import { waitFor } from './run.ts';

/** The one node of a lab. */
export const nodeName = 'node-1';

/** What the parts of a node need to know. */
export interface NodeSettings {
  readonly machine: Machine;
  readonly places: SitePlaces;
  readonly programs: Programs;
  readonly kube: string;
}

/** Starts the scheduler, the kubelet and kube-proxy, and waits until the node is ready for pods. */
export async function startNode(settings: NodeSettings, admin: Admin, report: Report): Promise<void> {
  const { machine, places, kube } = settings;
  const { nodeAddress } = machine.range;
  const kubeletConfigFile = writeConfig(places, 'kubelet.json', kubeletConfig(settings));
  const proxyConfigFile = writeConfig(places, 'proxy.json', proxyConfig(settings));
  const kubeconfig = join(places.kubeconfigs, 'kubelet.kubeconfig');
  writeKubeconfig(kubeconfig, places.pki, `kubelet-${nodeName}`, admin.server, machine.names.context);
  const schedulerKubeconfig = join(places.kubeconfigs, 'scheduler.kubeconfig');
  machine.daemon('kube-scheduler', [
    ...[kube, 'kube-scheduler', `--kubeconfig=${schedulerKubeconfig}`, '--leader-elect=false', '--secure-port=0'],
    '--kube-api-qps=200',
    '--kube-api-burst=400',
  ]);
  machine.daemon('kubelet', [
    ...[kube, 'kubelet', `--config=${kubeletConfigFile}`, `--kubeconfig=${kubeconfig}`, `--root-dir=${kubeletRoot}`],
    ...[`--node-ip=${nodeAddress}`, `--hostname-override=${nodeName}`],
  ]);
  machine.daemon('kube-proxy', [kube, 'kube-proxy', `--config=${proxyConfigFile}`]);
  await part(report, 'node', async () => {
    await waitFor('node is Ready', 240, async () => {
      for (const name of ['kubelet', 'kube-proxy', 'kube-scheduler']) machine.daemons.insist(name);
      return isReady(await getObject(admin, `/api/v1/nodes/${nodeName}`)) ? true : undefined;
    });
    await kubectl(admin, ['label', 'node', nodeName, '--overwrite', 'topology.kubernetes.io/zone=lab']);
  });
}

function isReady(node: unknown): boolean {
  const { status } = (node ?? {}) as {
    status?: { conditions?: { type: string; status: string; reason?: string; message?: string }[] };
  };
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  if (condition === undefined) throw new Error('the kubelet has not registered its node yet');
  if (condition.status !== 'True') throw new Error(`${condition.reason ?? ''}: ${condition.message ?? ''}`);
  return true;
}

function writeConfig(places: SitePlaces, name: string, config: unknown): string {
  const file = join(places.config, name);
  writeIfChanged(file, JSON.stringify(config, null, 2));
  return file;
}

function kubeletConfig({ machine, places }: NodeSettings): unknown {
  const resolver = join(places.config, 'resolv.conf');
  // Pods see the cluster's names and no others: the lab has no way out.
  writeIfChanged(resolver, '');
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(places.pki, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: join(places.pki, `kubelet-server-${nodeName}.crt`),
    tlsPrivateKeyFile: join(places.pki, `kubelet-server-${nodeName}.key`),
    clusterDomain: 'cluster.local',
    clusterDNS: [dnsAddress],
    resolvConf: resolver,
    cgroupDriver: 'cgroupfs',
    // Below a cgroup of the lab's own: two kubelets on one machine would take each other's pods for orphans and kill them.
    cgroupRoot: `/${machine.names.cgroup}`,
    failSwapOn: false,
    failCgroupV1: false,
    oomScoreAdj: 0,
    volumePluginDir: join(kubeletRoot, 'volume-plugins'),
    // The lab shares its disk with everything else on the machine: only a real shortage may evict pods or images.
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '1Gi',
      'imagefs.available': '1Gi',
      'nodefs.inodesFree': '1%',
    },
    imageGCHighThresholdPercent: 100,
    imageMinimumGCAge: '24h',
    serializeImagePulls: false,
    shutdownGracePeriod: '0s',
    kubeAPIQPS: 100,
    kubeAPIBurst: 200,
  };
}

function proxyConfig({ machine, places }: NodeSettings): unknown {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    bindAddress: machine.range.nodeAddress,
    hostnameOverride: nodeName,
    clusterCIDR: machine.range.podRange,
    clientConnection: { kubeconfig: join(places.kubeconfigs, 'proxy.kubeconfig') },
    // Zeros: leave the kernel's connection tracking as it is; its settings are the whole machine's.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    detectLocalMode: 'ClusterCIDR',
    nodePortAddresses: [`${machine.range.nodeAddress}/32`],
    metricsBindAddress: '127.0.0.1:10249',
    healthzBindAddress: '127.0.0.1:10256',
  };
}
