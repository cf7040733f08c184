import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeIfChanged } from './files.ts';
import { run } from './run.ts';

/** Whom the certificates of one cluster are for. */
export interface PkiSettings {
  readonly folder: string;
  /** Address that clients reach the API server at. */
  readonly apiAddress: string;
  /** First address of the service range: the `kubernetes` Service. */
  readonly serviceAddress: string;
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
}

interface Leaf {
  readonly name: string;
  readonly authority: 'ca' | 'etcd-ca';
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly addresses?: readonly string[];
}

const loopback = ['127.0.0.1', 'localhost'];
const apiNames = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];

/** Writes the authorities, certificates and keys of a cluster; those that exist are kept. */
export async function ensurePki(pkiTool: string, settings: PkiSettings): Promise<void> {
  const request = {
    // etcd trusts an authority of its own: whoever has a certificate for the API server must not reach the database.
    authorities: ['ca', 'etcd-ca'],
    keyPairs: ['service-account'],
    leaves: leavesOf(settings),
  };
  await run([pkiTool, settings.folder], { input: JSON.stringify(request) });
}

function leavesOf(settings: PkiSettings): Leaf[] {
  const client = (name: string, commonName: string, organizations: string[] = []): Leaf => ({
    name,
    authority: 'ca',
    commonName,
    organizations,
  });
  const apiAddresses = [...new Set([settings.apiAddress, settings.serviceAddress, ...loopback, ...apiNames])];
  return [
    { name: 'etcd', authority: 'etcd-ca', commonName: 'etcd', addresses: loopback },
    { name: 'etcd-client', authority: 'etcd-ca', commonName: 'kube-apiserver' },
    { name: 'api-server', authority: 'ca', commonName: 'kube-apiserver', addresses: apiAddresses },
    client('api-server-to-kubelet', 'kube-apiserver', ['system:masters']),
    client('admin', 'rekindle-lab-admin', ['system:masters']),
    client('controller-manager', 'system:kube-controller-manager'),
    client('scheduler', 'system:kube-scheduler'),
    client('proxy', 'system:kube-proxy'),
    ...settings.nodes.flatMap((node) => [
      client(`kubelet-${node.name}`, `system:node:${node.name}`, ['system:nodes']),
      {
        name: `kubelet-server-${node.name}`,
        authority: 'ca' as const,
        commonName: node.name,
        addresses: [node.name, node.address],
      },
    ]),
  ];
}

/**
 * Writes a kubeconfig that holds one user's key itself, so that the file can be copied; mode 0600. Every name in it is the
 * lab's own, so that those of two labs can be read together (`KUBECONFIG=one:other`).
 */
export function writeKubeconfig(file: string, pkiFolder: string, user: string, server: string, context: string): void {
  const login = `${context}-${user}`;
  const embed = (name: string): string => readFileSync(join(pkiFolder, name)).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [{ name: context, cluster: { server, 'certificate-authority-data': embed('ca.crt') } }],
    users: [
      {
        name: login,
        user: { 'client-certificate-data': embed(`${user}.crt`), 'client-key-data': embed(`${user}.key`) },
      },
    ],
    contexts: [{ name: context, context: { cluster: context, user: login } }],
  };
  // JSON is YAML, too, and kubectl and every client read it.
  writeIfChanged(file, `${JSON.stringify(config, null, 2)}\n`);
}
