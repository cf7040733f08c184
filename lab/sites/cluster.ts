/** A lab's cluster as the bookstore's commands use it: its client, and waiting with a reason. */
import { setTimeout as sleep } from 'node:timers/promises';
import { clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import { listAt, numberAt, textAt } from '../../src/kube/read.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import type { LabInfo } from '../lab.ts';

/** Owner of the fields that these commands apply. */
export const fieldManager = 'rekindle-bookstore';

/** Runs `work` with a client for the lab's cluster and closes the connections afterwards. */
export async function withCluster<T>(
  lab: Pick<LabInfo, 'kubeconfig' | 'context'>,
  work: (kube: KubeClient) => Promise<T>,
): Promise<T> {
  const clusters = clustersFromKubeconfig(lab.kubeconfig);
  try {
    return await work(clusters.client(lab.context));
  } finally {
    await clusters.close();
  }
}

/** Applies the objects one after another. */
export async function applyAll(kube: KubeClient, objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects) await kube.apply(object, { fieldManager, force: true, timeoutMs: 60_000 });
}

/** Asks until the answer is undefined; the answer says what is missing, and stands in the error when time is up. */
export async function waitUntil(
  what: string,
  limitMs: number,
  missing: () => Promise<string | undefined>,
): Promise<void> {
  const end = Date.now() + limitMs;
  for (;;) {
    const reason = await missing();
    if (reason === undefined) return;
    if (Date.now() > end) throw new Error(`${what} after ${limitMs / 1000} s: ${reason}`);
    await sleep(500);
  }
}

/** Why a Deployment or StatefulSet does not have all of its pods ready; undefined when it has. */
export function notReady(object: KubeObject | undefined): string | undefined {
  if (object === undefined) return 'it is not there';
  const wanted = numberAt(object, 'spec', 'replicas') ?? 1;
  const ready = numberAt(object, 'status', 'readyReplicas') ?? 0;
  const seen = numberAt(object, 'status', 'observedGeneration') ?? 0;
  if (seen < (object.metadata.generation ?? 0)) return 'its controller has not seen it';
  if (ready < wanted) return `${ready} of ${wanted} pods are ready`;
  // While a Deployment is rolled out, pods of the old template are ready too.
  const isRolledOut =
    object.kind !== 'Deployment' ||
    numberAt(object, 'status', 'updatedReplicas') === numberAt(object, 'status', 'replicas');
  return isRolledOut ? undefined : 'pods of the old template are still there';
}

/** Waits for a Deployment or StatefulSet. */
export function waitReady(
  kube: KubeClient,
  kind: string,
  namespace: string,
  name: string,
  limitMs: number,
): Promise<void> {
  return waitUntil(`${kind} ${namespace}/${name} is not ready`, limitMs, async () =>
    notReady(await kube.get({ apiVersion: 'apps/v1', kind, namespace, name })),
  );
}

/** Waits for a CloudNativePG cluster: the operator's own word for it. */
export function waitHealthyCluster(kube: KubeClient, namespace: string, name: string, limitMs: number): Promise<void> {
  return waitUntil(`cluster ${namespace}/${name} is not healthy`, limitMs, async () => {
    const cluster = await kube.get({ apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', namespace, name });
    const phase = textAt(cluster, 'status', 'phase') ?? 'no status yet';
    return phase === 'Cluster in healthy state' ? undefined : phase;
  });
}

/** Runs a command in a pod and answers what it wrote; fails with its own words when it fails. */
export async function execIn(
  kube: KubeClient,
  where: { readonly namespace: string; readonly pod: string; readonly container: string },
  command: readonly string[],
): Promise<string> {
  const result = await kube.exec({ ...where, command, timeoutMs: 120_000 });
  if (result.exitCode === 0) return result.stdout.trim();
  const said = result.stderr.trim() || result.stdout.trim();
  throw new Error(`${command[0] ?? ''} in pod ${where.namespace}/${where.pod} ended with ${result.exitCode}: ${said}`);
}

/** A running pod with this label, whether it is ready or not. */
export async function podWith(kube: KubeClient, namespace: string, labelSelector: string): Promise<string> {
  const { items } = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector });
  const running = items.filter(
    (pod) => textAt(pod, 'status', 'phase') === 'Running' && pod.metadata.deletionTimestamp === undefined,
  );
  const pod = running.find((one) => listAt(one, 'status', 'containerStatuses').length > 0);
  if (pod === undefined) throw new Error(`no pod with ${labelSelector} runs in ${namespace}`);
  return pod.metadata.name;
}
