import { setTimeout as sleep } from 'node:timers/promises';
import { KubeError } from '../../src/kube/error.ts';
import type { KubeClient } from '../../src/kube/types.ts';

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' } as const;

/** Makes a Deployment; quiet where it is there already. Without a kubelet its pod stays Pending: see `makeAvailable`. */
export async function makeDeployment(kube: KubeClient, namespace: string, name: string, replicas = 1): Promise<void> {
  const labels = { component: name };
  const template = { metadata: { labels }, spec: { containers: [{ name, image: name }] } };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  try {
    await kube.create({ ...deployment, metadata: { namespace, name, labels }, spec });
  } catch (error) {
    if (!(error instanceof KubeError && error.code === 409)) throw error;
  }
}

/**
 * Makes a Deployment available where no node runs: its status belongs to the controllers, which would overwrite what a
 * test writes there, so the pod's status is written, as a kubelet does, and they draw their conclusions.
 */
export async function makeAvailable(kube: KubeClient, namespace: string, name: string): Promise<void> {
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  for (let look = 0; look < 200; look += 1) {
    const live = await kube.get({ ...deployment, namespace, name });
    const seen = live?.['status'];
    if (typeof seen === 'object' && seen !== null && 'availableReplicas' in seen && seen.availableReplicas === 1)
      return;
    const { items } = await kube.list(
      { apiVersion: 'v1', kind: 'Pod' },
      { namespace, labelSelector: `component=${name}` },
    );
    for (const { metadata } of items)
      await kube.patch(
        { apiVersion: 'v1', kind: 'Pod', namespace, name: metadata.name },
        'merge',
        { status },
        { subresource: 'status' },
      );
    await sleep(50);
  }
  throw new Error(`Deployment ${namespace}/${name} did not become available in 10 s`);
}
