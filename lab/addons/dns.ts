import { join } from 'node:path';
import { apply } from '../api.ts';
import type { Admin } from '../api.ts';
import { writeIfChanged } from '../files.ts';
import type { Machine } from '../machine.ts';
import type { SitePlaces } from '../places.ts';

/** Address of the cluster's name server: a Service, so that pods reach it as they do in every cluster. */
export const dnsAddress = '10.96.0.10';

/** Starts CoreDNS on the node and puts the Service `kube-dns` before it. */
export async function startDns(machine: Machine, places: SitePlaces, coredns: string, admin: Admin): Promise<void> {
  const file = join(places.config, 'Corefile');
  writeIfChanged(file, corefile(machine.range.nodeAddress, join(places.kubeconfigs, 'admin.kubeconfig')));
  machine.daemon('coredns', [coredns, '-conf', file]);
  const metadata = { name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
  const ports = (['UDP', 'TCP'] as const).map((protocol) => ({
    name: `dns-${protocol.toLowerCase()}`,
    port: 53,
    protocol,
  }));
  await apply(admin, [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: dnsAddress, ports } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { ...metadata.labels, 'kubernetes.io/service-name': 'kube-dns' } },
      addressType: 'IPv4',
      ports,
      endpoints: [{ addresses: [machine.range.nodeAddress], conditions: { ready: true } }],
    },
  ]);
}

// Two server blocks: a template in the cluster's own block would answer before the cluster is asked.
function corefile(address: string, kubeconfig: string): string {
  return `cluster.local in-addr.arpa ip6.arpa {
    bind ${address}
    errors
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        kubeconfig ${kubeconfig}
        ttl 5
    }
    cache 5
}
. {
    bind ${address}
    errors
    template ANY ANY {
        rcode NXDOMAIN
    }
}
`;
}
