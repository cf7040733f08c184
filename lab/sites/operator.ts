/** CloudNativePG, the operator that the sites' PostgreSQL clusters need. */
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { isKubeObject, valueAt } from '../../src/kube/read.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import { manifestFiles } from '../crds.ts';
import { reference } from '../images/recipes.ts';
import { applyAll, waitReady, waitUntil } from './cluster.ts';

const operatorImage = reference('cloudnative-pg:1.27.0');

/** Installs the operator and waits until it runs. */
export async function installOperator(kube: KubeClient): Promise<void> {
  await applyAll(kube, await operatorObjects());
  await waitReady(kube, 'Deployment', 'cnpg-system', 'cnpg-controller-manager', 240_000);
}

/** Applies objects that the operator's webhook judges; a ready operator still needs a moment until its Service reaches it. */
export async function applyWhenAdmitted(kube: KubeClient, objects: readonly KubeObject[]): Promise<void> {
  await waitUntil('the operator does not admit the cluster', 60_000, async () => {
    try {
      await applyAll(kube, objects);
      return undefined;
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      if (!said.includes('webhook')) throw error;
      return said;
    }
  });
}

/** CloudNativePG as its release has it, with the lab's image and without limits that two cores cannot keep. */
async function operatorObjects(): Promise<KubeObject[]> {
  const files = await manifestFiles('cnpg-operator');
  return files.flatMap(readObjects).map((object) => (object.kind === 'Deployment' ? withLabImage(object) : object));
}

/** All objects of a YAML file with one or many documents. */
export function readObjects(file: string): KubeObject[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).flatMap((document) => {
    const object: unknown = document.toJS();
    if (object === null) return [];
    if (!isKubeObject(object)) throw new Error(`${file} holds something that is no Kubernetes object`);
    return [object];
  });
}

// The published manifest names the operator's image twice: for its own pod and for the database pods.
function withLabImage(object: KubeObject): KubeObject {
  const copy: unknown = JSON.parse(JSON.stringify(object), (key, value: unknown) => {
    if (key === 'limits') return undefined;
    if (key === 'imagePullPolicy') return 'IfNotPresent';
    const names = typeof value === 'string' && value.startsWith('ghcr.io/cloudnative-pg/cloudnative-pg:');
    return names ? operatorImage : value;
  });
  if (!isKubeObject(copy) || valueAt(copy, 'spec') === undefined) throw new Error('the operator has no Deployment');
  return copy;
}
