import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { get } from './api.ts';
import type { Admin } from './api.ts';
import { part } from './events.ts';
import type { Report } from './events.ts';
import { writeKubeconfig } from './pki.ts';
import type { Daemons } from './processes.ts';
import { waitFor } from './run.ts';

/** The service range of every lab: it is seen inside the cluster only, so that labs do not meet in it. */
export const serviceRange = '10.96.0.0/16';
/** First address of the range: the API server. */
export const serviceAddress = '10.96.0.1';

/** Where the parts of a control plane listen, and how they are run. */
export interface ControlPlaneSettings {
  readonly daemons: Daemons;
  readonly kube: string;
  readonly pkiFolder: string;
  readonly dataFolder: string;
  readonly kubeconfigFolder: string;
  readonly context: string;
  /** Address that clients use; the API server listens on loopback alone where this is a loopback address. */
  readonly address: string;
  readonly ports: { readonly api: number; readonly etcd: number; readonly etcdPeer: number };
  /** Turns a command into one that runs where the control plane shall run. */
  readonly wrap: (argv: readonly string[]) => readonly string[];
}

/** Starts etcd, the API server and the controller manager, those that do not run yet, and waits until the API server is ready. */
export async function startControlPlane(settings: ControlPlaneSettings, report: Report): Promise<Admin> {
  const { daemons, wrap } = settings;
  mkdirSync(settings.kubeconfigFolder, { recursive: true, mode: 0o700 });
  const server = `https://${settings.address}:${settings.ports.api}`;
  for (const user of ['admin', 'controller-manager', 'scheduler', 'proxy']) {
    writeKubeconfig(
      join(settings.kubeconfigFolder, `${user}.kubeconfig`),
      settings.pkiFolder,
      user,
      server,
      settings.context,
    );
  }
  const admin: Admin = {
    server,
    pkiFolder: settings.pkiFolder,
    kubeconfig: join(settings.kubeconfigFolder, 'admin.kubeconfig'),
    kube: settings.kube,
  };
  await part(report, 'API server', async () => {
    daemons.start({ name: 'etcd', argv: wrap(etcdCommand(settings)) });
    daemons.start({ name: 'kube-apiserver', argv: wrap(apiServerCommand(settings)) });
    await waitForApi(admin, daemons);
  });
  await part(report, 'controller manager', async () => {
    daemons.start({ name: 'kube-controller-manager', argv: wrap(controllerManagerCommand(settings)) });
    // It works once it has made the service account that every pod of a namespace runs under.
    await waitFor('controller manager makes service accounts', 180, async () => {
      daemons.insist('kube-controller-manager');
      const answer = await get(admin, '/api/v1/namespaces/default/serviceaccounts/default');
      return answer.status === 200 ? true : undefined;
    });
  });
  return admin;
}

async function waitForApi(admin: Admin, daemons: Daemons): Promise<void> {
  await waitFor('API server is ready', 180, async () => {
    daemons.insist('etcd');
    daemons.insist('kube-apiserver');
    const answer = await get(admin, '/readyz');
    if (answer.status !== 200) throw new Error(`/readyz answers ${answer.status}`);
    return true;
  });
}

function etcdCommand(settings: ControlPlaneSettings): string[] {
  const pki = (file: string): string => join(settings.pkiFolder, file);
  const client = `https://127.0.0.1:${settings.ports.etcd}`;
  const peer = `https://127.0.0.1:${settings.ports.etcdPeer}`;
  return [
    settings.kube,
    'etcd',
    '--name=lab',
    `--data-dir=${join(settings.dataFolder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=lab=${peer}`,
    '--client-cert-auth',
    '--peer-client-cert-auth',
    `--trusted-ca-file=${pki('etcd-ca.crt')}`,
    `--cert-file=${pki('etcd.crt')}`,
    `--key-file=${pki('etcd.key')}`,
    `--peer-trusted-ca-file=${pki('etcd-ca.crt')}`,
    `--peer-cert-file=${pki('etcd.crt')}`,
    `--peer-key-file=${pki('etcd.key')}`,
    // Nothing here outlives a crash of the whole machine; waiting for the disk would double the API server's latency.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

function apiServerCommand(settings: ControlPlaneSettings): string[] {
  const pki = (file: string): string => join(settings.pkiFolder, file);
  const local = settings.address.startsWith('127.');
  return [
    settings.kube,
    'kube-apiserver',
    `--etcd-servers=https://127.0.0.1:${settings.ports.etcd}`,
    `--etcd-cafile=${pki('etcd-ca.crt')}`,
    `--etcd-certfile=${pki('etcd-client.crt')}`,
    `--etcd-keyfile=${pki('etcd-client.key')}`,
    `--secure-port=${settings.ports.api}`,
    `--bind-address=${local ? settings.address : '0.0.0.0'}`,
    // A Service must not lead to a loopback address; without pods nobody uses that Service.
    ...(local ? ['--endpoint-reconciler-type=none'] : [`--advertise-address=${settings.address}`]),
    `--tls-cert-file=${pki('api-server.crt')}`,
    `--tls-private-key-file=${pki('api-server.key')}`,
    `--client-ca-file=${pki('ca.crt')}`,
    `--kubelet-certificate-authority=${pki('ca.crt')}`,
    `--kubelet-client-certificate=${pki('api-server-to-kubelet.crt')}`,
    `--kubelet-client-key=${pki('api-server-to-kubelet.key')}`,
    '--kubelet-preferred-address-types=InternalIP',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${pki('service-account.pub')}`,
    `--service-account-signing-key-file=${pki('service-account.key')}`,
    `--service-cluster-ip-range=${serviceRange}`,
    '--profiling=false',
  ];
}

function controllerManagerCommand(settings: ControlPlaneSettings): string[] {
  const pki = (file: string): string => join(settings.pkiFolder, file);
  return [
    settings.kube,
    'kube-controller-manager',
    `--kubeconfig=${join(settings.kubeconfigFolder, 'controller-manager.kubeconfig')}`,
    // One copy of each runs: electing a leader would only cost seconds.
    '--leader-elect=false',
    '--secure-port=0',
    '--use-service-account-credentials=true',
    // Without it the certificate in every pod's service account folder is empty, and clients in pods fail.
    `--root-ca-file=${pki('ca.crt')}`,
    `--service-account-private-key-file=${pki('service-account.key')}`,
    `--cluster-signing-cert-file=${pki('ca.crt')}`,
    `--cluster-signing-key-file=${pki('ca.key')}`,
    // Its default is a folder of the machine, which it would make.
    `--flex-volume-plugin-dir=${join(settings.dataFolder, 'flex-volumes')}`,
    '--kube-api-qps=200',
    '--kube-api-burst=400',
    '--profiling=false',
  ];
}
