import type { BackupItem } from '../model/backup.ts';

/** Groups whose cluster-scoped objects come with the platform: Velero, CSI, ingress controllers. */
const platformGroups = [
  'velero.io',
  'snapshot.storage.k8s.io',
  'groupsnapshot.storage.k8s.io',
  'storage.k8s.io',
  'projectcontour.io',
  'gateway.networking.k8s.io',
  'k8s.nginx.org',
  'traefik.io',
  'traefik.containo.us',
  'haproxy.org',
];

/** Programs of the platform, as their objects are labelled or named. */
const platformParts =
  /^(velero|contour|envoy|ingress-nginx|nginx-ingress|traefik|haproxy-ingress|snapshot-controller|csi-[a-z0-9-]+|external-(snapshotter|provisioner)[a-z0-9-]*)($|[-:.])/;

const clusterNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/**
 * Whether a cluster-scoped item belongs to the platform that a new cluster brings along: what the API server makes by
 * itself, and what Velero, the CSI drivers and the ingress controller need before anything can be restored. Only counts
 * for an object that was there before the recovery's first write.
 */
export function isPlatform(item: BackupItem, veleroNamespace: string): boolean {
  if (item.namespace !== undefined) return false;
  if (item.labels['kubernetes.io/bootstrapping'] || item.labels['kube-aggregator.kubernetes.io/automanaged'])
    return true;
  const [plural = '', ...rest] = item.resource.split('.');
  const group = rest.join('.');
  switch (plural) {
    case 'namespaces':
      return (
        clusterNamespaces.includes(item.name) ||
        item.name === veleroNamespace ||
        platformParts.test(item.name) ||
        item.name === 'projectcontour'
      );
    case 'priorityclasses':
      return item.name.startsWith('system-');
    case 'flowschemas':
    case 'prioritylevelconfigurations':
      return group === 'flowcontrol.apiserver.k8s.io';
    case 'servicecidrs':
      return item.name === 'kubernetes';
    case 'ingressclasses':
      return true;
    case 'customresourcedefinitions':
    case 'apiservices':
      return platformGroups.some((candidate) => item.name.endsWith(`.${candidate}`));
    case 'clusterroles':
    case 'clusterrolebindings':
      // `system:` is reserved for the cluster's own; kubeadm makes its few without a label.
      return (
        item.name.startsWith('system:') ||
        item.name.startsWith('kubeadm:') ||
        item.name === 'cluster-admin' ||
        isPlatformPart(item)
      );
    default:
      return platformGroups.includes(group);
  }
}

function isPlatformPart(item: BackupItem): boolean {
  const names = [item.name, item.labels['component'], item.labels['app.kubernetes.io/name'], item.labels['app']];
  return names.some((name) => name !== undefined && platformParts.test(name));
}
