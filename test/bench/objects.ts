/** Objects for measuring gates: of a kind of our own, so that no controller touches what a measurement changes. */
import { eachOf } from '../../src/health/fetch-objects.ts';
import { KubeError } from '../../src/kube/error.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import type { ObjectRef } from '../../src/model/verdict.ts';

const group = 'bench.rekindle.dev';
export const benchKind = { apiVersion: `${group}/v1`, kind: 'Bench' };

const definition: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `benches.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind: 'Bench', plural: 'benches', singular: 'bench' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

/** Names of so many objects in a namespace. */
export function refsOf(namespace: string, count: number): readonly ObjectRef[] {
  return Array.from({ length: count }, (_, index) => ({ ...benchKind, namespace, name: `object-${index}` }));
}

/** About as much as a Deployment has: a spec, labels, annotations, a status with conditions. */
function objectOf(ref: ObjectRef): KubeObject {
  const text = `${ref.name} `.repeat(20).trim();
  const containers = Array.from({ length: 3 }, (_, index) => ({
    name: `container-${index}`,
    image: `registry.example.com/shop/${ref.name}:${index}`,
    env: Array.from({ length: 8 }, (__, number) => ({ name: `VARIABLE_${number}`, value: `${ref.name}-${number}` })),
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
  }));
  return {
    ...benchKind,
    metadata: {
      name: ref.name,
      namespace: ref.namespace ?? '',
      labels: { app: ref.name, 'app.kubernetes.io/part-of': 'bench' },
      annotations: { 'example.com/about': text },
    },
    spec: { replicas: 2, selector: { app: ref.name }, template: { spec: { containers } } },
  };
}

/** Makes the kind, the namespace and the objects, not ready: by their status, or because they have none yet. */
export async function makeObjects(
  kube: KubeClient,
  refs: readonly ObjectRef[],
  status: 'not ready' | 'none',
): Promise<void> {
  const [first] = refs;
  if (first === undefined) return;
  await kube.apply(definition, { fieldManager: 'bench', force: true });
  const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: first.namespace ?? '' } };
  await kube.apply(namespace, { fieldManager: 'bench' });
  for (let wait = 0; wait < 600 && !(await kube.resource(benchKind)); wait += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  await eachOf(refs, 24, async (ref) => {
    await kube.create(objectOf(ref), { timeoutMs: 60_000 }).catch((error: unknown) => {
      // Left by an earlier measurement on this cluster.
      if (!(error instanceof KubeError && error.reason === 'AlreadyExists')) throw error;
    });
    if (status === 'not ready') await setReady(kube, ref, false);
  });
}

/** Changes what a gate judges of an object; returns when the API server has acknowledged it. */
export async function setReady(kube: KubeClient, ref: ObjectRef, isReady: boolean): Promise<void> {
  const condition = {
    type: 'Ready',
    status: isReady ? 'True' : 'False',
    reason: isReady ? 'Measured' : 'NotYet',
    message: 'set by the measurement',
    lastTransitionTime: new Date().toISOString(),
  };
  const body = { status: { observedGeneration: 1, conditions: [condition] } };
  await kube.patch(ref, 'merge', body, { subresource: 'status', timeoutMs: 60_000 });
}

/** The value below which such a share of the samples lies; NaN of none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
