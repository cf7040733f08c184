import { KubeError } from '../kube/error.ts';
import type { ApiResource, KubeClient, KubeObject } from '../kube/types.ts';
import { quiesceGroups, quiesceIndexOf, type QuiesceTarget } from '../model/quiesce.ts';
import { groupOf } from '../model/verdict.ts';
import type { QuiesceKind } from './kind.ts';
import { quiesceKinds } from './registry.ts';

/** An object that an entry of a plan names, as the cluster has it. */
export interface FoundTarget {
  readonly order: number;
  readonly kind: QuiesceKind;
  readonly object: KubeObject;
}

/** Lists objects of a kind in a namespace; a kind that is not served has none. */
export type Lister = (
  kind: { readonly apiVersion: string; readonly kind: string },
  namespace: string,
) => Promise<readonly KubeObject[]>;

/** The apiVersion at which the cluster serves a kind: ours, or the one that it prefers; undefined where it serves none. */
export async function servedAs(
  kube: Pick<KubeClient, 'resource' | 'resources'>,
  { apiVersion, kind }: QuiesceKind,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (await kube.resource({ apiVersion, kind }, { signal })) return apiVersion;
  const all = await kube.resources({ signal });
  return all.find((one: ApiResource) => one.kind === kind && groupOf(one.apiVersion) === quiesceGroups[kind])
    ?.apiVersion;
}

/** Everything in the cluster that a plan's entries name, in their order and by name; each object once, under its first entry. */
export async function findTargets(
  kube: Pick<KubeClient, 'resource' | 'resources'>,
  targets: readonly QuiesceTarget[],
  list: Lister,
  signal: AbortSignal,
): Promise<readonly FoundTarget[]> {
  const found: FoundTarget[] = [];
  for (const [order, target] of targets.entries()) {
    const kind = quiesceKinds[target.kind];
    const apiVersion = await servedAs(kube, kind, signal);
    if (apiVersion === undefined) continue;
    const lists = await Promise.all(
      target.namespaces.map((namespace) => list({ apiVersion, kind: target.kind }, namespace)),
    );
    for (const object of lists.flat().toSorted(byName))
      if (quiesceIndexOf(targets, { ...object, ...object.metadata, apiVersion, kind: target.kind }) === order)
        found.push({ order, kind, object: { ...object, apiVersion, kind: target.kind } });
  }
  return found;
}

/** A lister over a client. */
export function listerOf(kube: KubeClient, signal: AbortSignal): Lister {
  return async (kind, namespace) => {
    try {
      return (await kube.list(kind, { namespace, signal })).items;
    } catch (error) {
      if (error instanceof KubeError && error.reason === 'KindNotServed') return [];
      throw error;
    }
  };
}

function byName(a: KubeObject, b: KubeObject): number {
  const key = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;
  return key(a) < key(b) ? -1 : 1;
}
