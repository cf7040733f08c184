/** A plan whose steps each apply a few objects: for faults that are looked at side by side in one run. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { KubeObject } from '../../src/kube/types.ts';

/** One step: what it applies, and its checks as they stand in a plan. */
export interface BrokenStep {
  readonly name: string;
  readonly objects: readonly object[];
  readonly checks?: readonly object[];
}

/** Writes plan and manifests into a folder of plans: namespace first, then every step in tier applications. */
export async function writeBrokenPlan(
  folder: string,
  plan: { readonly name: string; readonly cluster: string; readonly steps: readonly BrokenStep[] },
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { name, cluster, steps } = plan;
  await mkdir(join(folder, name), { recursive: true });
  const file = async (step: string, objects: readonly object[]) => {
    await writeFile(join(folder, name, `${step}.yaml`), objects.map((object) => stringify(object)).join('---\n'));
    return { name: step, manifests: { paths: [`${name}/${step}.yaml`] } };
  };
  const space = await file('space', [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }]);
  const applications = await Promise.all(
    steps.map(async ({ name: step, objects, checks = [] }) => ({
      ...(await file(step, objects)),
      timeout: '60s',
      checks,
    })),
  );
  const spec = {
    site: name,
    cluster,
    namespaces: [name],
    // A container that ends at once is ready for a moment.
    stableFor: '3s',
    parallelism: 32,
    tiers: { namespaces: [space], applications },
    ...more,
  };
  const document = { apiVersion: 'rekindle.dev/v1alpha1', kind: 'RestorePlan', metadata: { name }, spec };
  await writeFile(join(folder, `${name}.yaml`), stringify(document));
}

/** A Deployment of one container; the image is the lab's Debian with a shell. */
export function deploymentOf(
  name: string,
  container: Readonly<Record<string, unknown>>,
  pod: Readonly<Record<string, unknown>> = {},
): KubeObject {
  const labels = { app: name };
  const image = 'docker.io/rekindle-lab/redis:7.0';
  const main = { name: 'main', image, imagePullPolicy: 'IfNotPresent', ...container };
  const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [main], ...pod } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  };
}
