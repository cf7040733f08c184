import { quantityOf } from '../kube/quantity.ts';
import { listAt, valueAt } from '../kube/read.ts';
import type { KubeObject } from '../kube/types.ts';
import type { ItemFacts, PodsWanted } from '../model/backup.ts';
import { textAt } from './fields.ts';
import { webhooksOf } from './webhook-facts.ts';

/** Where the pod of a kind is described. */
export const podPaths: { readonly [kind: string]: readonly string[] } = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  ReplicationController: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** What an object asks of the cluster it is restored into. Reads only the kinds that are named here, so never a Secret. Pure. */
export function itemFacts(object: KubeObject): ItemFacts {
  const pod = podPaths[object.kind];
  if (pod && isBuiltIn(object.apiVersion)) return workloadFacts(object, valueAt(object, ...pod));
  switch (object.kind) {
    case 'Service': {
      const type = textAt(object, 'spec', 'type');
      return type === 'LoadBalancer' || type === 'NodePort' ? { serviceType: type } : {};
    }
    case 'PersistentVolumeClaim': {
      const sizeBytes = quantityOf(valueAt(object, 'spec', 'resources', 'requests', 'storage'));
      return sizeBytes === undefined ? {} : { sizeBytes };
    }
    case 'ValidatingWebhookConfiguration':
    case 'MutatingWebhookConfiguration':
      return { webhooks: webhooksOf(object) };
    case 'CustomResourceDefinition':
      return { serves: servedBy(object) };
    default:
      return imageFacts(object);
  }
}

function isBuiltIn(apiVersion: string): boolean {
  return ['v1', 'apps/v1', 'batch/v1', 'batch/v1beta1'].includes(apiVersion);
}

/** Resources of operators name their image in one of a few places. CloudNativePG 1.27 and others: `spec.imageName`, `spec.image`. */
function imageFacts(object: KubeObject): ItemFacts {
  if (!object.apiVersion.includes('.')) return {};
  const image = textAt(object, 'spec', 'imageName') ?? textAt(object, 'spec', 'image');
  return image ? { images: [image] } : {};
}

/** The apiVersions that a CustomResourceDefinition serves. */
export function servedBy(object: KubeObject): readonly string[] {
  const group = textAt(object, 'spec', 'group') ?? '';
  return listAt(object, 'spec', 'versions')
    .filter((version) => valueAt(version, 'served') === true)
    .flatMap((version) => textAt(version, 'name') ?? [])
    .map((version) => `${group}/${version}`);
}

function workloadFacts(object: KubeObject, pod: unknown): ItemFacts {
  const priorityClass = textAt(pod, 'priorityClassName');
  const claims = listAt(pod, 'volumes').flatMap((volume) => textAt(volume, 'persistentVolumeClaim', 'claimName') ?? []);
  const claimTemplates = listAt(object, 'spec', 'volumeClaimTemplates').flatMap(
    (template) => textAt(template, 'metadata', 'name') ?? [],
  );
  return {
    pods: { ...podRequests(pod), ...podCount(object) },
    ...(priorityClass ? { priorityClass } : {}),
    ...(claims.length > 0 ? { claims } : {}),
    ...(claimTemplates.length > 0 ? { claimTemplates } : {}),
  };
}

function podCount(object: KubeObject): Pick<PodsWanted, 'count' | 'perNode'> {
  switch (object.kind) {
    case 'DaemonSet':
      return { count: 1, perNode: true };
    case 'CronJob':
      return { count: 0 };
    case 'Pod':
      return { count: 1 };
    case 'Job':
      return { count: numberOr(1, valueAt(object, 'spec', 'parallelism')) };
    default:
      return { count: numberOr(1, valueAt(object, 'spec', 'replicas')) };
  }
}

function numberOr(fallback: number, value: unknown): number {
  return typeof value === 'number' && value >= 0 ? value : fallback;
}

/**
 * What the scheduler counts for one pod: the sum of its containers and sidecars, or its largest init container where that is
 * more, and its overhead. Kubernetes 1.34, component-helpers resource.PodRequests; requests of the pod as a whole left out.
 */
export function podRequests(pod: unknown): Pick<PodsWanted, 'cpuMilli' | 'memoryBytes'> {
  return {
    cpuMilli: Math.round(podRequest(pod, 'cpu') * 1000),
    memoryBytes: Math.round(podRequest(pod, 'memory')),
  };
}

function podRequest(pod: unknown, resource: 'cpu' | 'memory'): number {
  const of = (container: unknown): number => quantityOf(valueAt(container, 'resources', 'requests', resource)) ?? 0;
  const init = listAt(pod, 'initContainers');
  const isSidecar = (container: unknown): boolean => textAt(container, 'restartPolicy') === 'Always';
  const sum = (containers: readonly unknown[]): number => containers.reduce<number>((all, one) => all + of(one), 0);
  const sidecars = sum(init.filter(isSidecar));
  const largestInit = Math.max(0, ...init.filter((container) => !isSidecar(container)).map(of));
  const overhead = quantityOf(valueAt(pod, 'overhead', resource)) ?? 0;
  return Math.max(sum(listAt(pod, 'containers')) + sidecars, largestInit + sidecars) + overhead;
}

/** The images of a pod, init containers' too. */
export function podImages(pod: unknown): readonly string[] {
  return ['initContainers', 'containers'].flatMap((list) =>
    listAt(pod, list).flatMap((container) => textAt(container, 'image') ?? []),
  );
}
