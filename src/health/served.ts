import { KubeError } from '../kube/error.ts';
import type { ApiResource, KubeClient } from '../kube/types.ts';
import { groupOf } from '../model/verdict.ts';
import { crdHasStatus } from './statusless.ts';

/** A kind as the cluster serves it; `hasStatus` is undefined where we may not find out. */
export interface ServedKind extends Omit<ApiResource, 'hasStatus'> {
  readonly hasStatus: boolean | undefined;
}

/** What schemas said, for each client: a gate looks twice a second, and a definition may be a megabyte. */
const schemas = new WeakMap<KubeClient, Map<string, boolean | undefined>>();

/**
 * The kind at the version asked for, else at another one of its group: a Backup may be older than the cluster. Discovery
 * knows of a status subresource alone; a custom kind may have a status without one (Velero's do), which its schema tells.
 */
export async function servedKind(
  kube: KubeClient,
  asked: { readonly apiVersion: string; readonly kind: string },
  signal: AbortSignal,
): Promise<ServedKind | undefined> {
  const found = (await kube.resource(asked, { signal })) ?? (await atAnotherVersion(kube, asked, signal));
  if (found === undefined || found.hasStatus || !mayBeCustom(groupOf(found.apiVersion))) return found;
  return { ...found, hasStatus: await statusBySchema(kube, found, signal) };
}

async function atAnotherVersion(
  kube: KubeClient,
  asked: { readonly apiVersion: string; readonly kind: string },
  signal: AbortSignal,
): Promise<ApiResource | undefined> {
  const all = await kube.resources({ signal });
  return all.find(({ apiVersion, kind }) => kind === asked.kind && groupOf(apiVersion) === groupOf(asked.apiVersion));
}

/** The groups of Kubernetes itself: without a dot, or under k8s.io but for those that add-ons define. */
function mayBeCustom(group: string): boolean {
  if (!group.includes('.')) return false;
  return !group.endsWith('.k8s.io') || /(?:^|\.)(?:x-k8s|snapshot\.storage|gateway\.networking)/u.test(group);
}

async function statusBySchema(asked: KubeClient, kind: ApiResource, signal: AbortSignal): Promise<boolean | undefined> {
  // Read once, and never worth a watch of all definitions.
  const kube = asked.base ?? asked;
  const known = schemas.get(kube) ?? new Map<string, boolean | undefined>();
  schemas.set(kube, known);
  const key = `${kind.apiVersion}/${kind.kind}`;
  if (known.has(key)) return known.get(key);
  const name = `${kind.plural}.${groupOf(kind.apiVersion)}`;
  try {
    const crd = await kube.get(
      { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name },
      { signal },
    );
    // No definition: an aggregated API, of which discovery is all there is to know.
    const answer = crd === undefined ? false : crdHasStatus([crd], { ...kind, metadata: { name: '' } });
    known.set(key, answer);
    return answer;
  } catch (error) {
    if (error instanceof KubeError && (error.code === 403 || error.code === 401)) return undefined;
    throw error;
  }
}
