import { apply } from '../api.ts';
import type { Admin } from '../api.ts';
import { kubeletRoot } from '../places.ts';

/**
 * Starts Velero's node agent on the node: it carries file-system backups and the data mover. Not waited for: a site
 * whose volumes are snapshots alone never needs it.
 */
export async function startNodeAgent(admin: Admin, namespace: string, image: string): Promise<void> {
  await apply(admin, [nodeAgent(namespace, image)]);
}

/** As `velero install --use-node-agent` writes it (1.18.3, pkg/install/daemonset.go), with the lab's image and folder. */
function nodeAgent(namespace: string, image: string): unknown {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'node-agent', namespace, labels: { component: 'velero' } },
    spec: {
      selector: { matchLabels: { name: 'node-agent' } },
      template: {
        metadata: { labels: { component: 'velero', name: 'node-agent', role: 'node-agent' } },
        spec: {
          serviceAccountName: 'velero',
          securityContext: { runAsUser: 0 },
          terminationGracePeriodSeconds: 2,
          containers: [container(image)],
          volumes: [
            { name: 'host-pods', hostPath: { path: `${kubeletRoot}/pods` } },
            { name: 'host-plugins', hostPath: { path: `${kubeletRoot}/plugins` } },
            { name: 'scratch', emptyDir: {} },
            { name: 'cloud-credentials', secret: { secretName: 'cloud-credentials' } },
          ],
        },
      },
    },
  };
}

function container(image: string): unknown {
  return {
    name: 'node-agent',
    image,
    imagePullPolicy: 'Never',
    command: ['/velero'],
    args: ['node-agent', 'server', '--features=EnableCSI'],
    env: [
      { name: 'VELERO_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
      { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      { name: 'VELERO_SCRATCH_DIR', value: '/scratch' },
      { name: 'AWS_SHARED_CREDENTIALS_FILE', value: '/credentials/cloud' },
    ],
    // What the kubelet mounts later must be seen inside: the lab's mounts are shared for this.
    volumeMounts: [
      { name: 'host-pods', mountPath: '/host_pods', mountPropagation: 'HostToContainer' },
      { name: 'host-plugins', mountPath: '/var/lib/kubelet/plugins', mountPropagation: 'HostToContainer' },
      { name: 'scratch', mountPath: '/scratch' },
      { name: 'cloud-credentials', mountPath: '/credentials' },
    ],
  };
}
