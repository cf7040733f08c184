import type { ObjectRef } from '../model/verdict.ts';
import type { KubeClient, KubeObject } from './types.ts';

/** Deeper chains of owners than this are taken as a circle. */
const depth = 8;

/** A reference to an object as it was read. */
export function refTo({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): ObjectRef {
  return { apiVersion, kind, name, ...(namespace ? { namespace } : {}) };
}

/** The object at the top of an object's chain of controllers: itself where nobody controls it. */
export async function topOwner(kube: KubeClient, object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
  let top = object;
  for (let step = 0; step < depth; step += 1) {
    const owner = top.metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (!owner) return top;
    const { apiVersion, kind, name } = owner;
    const served = await kube.resource({ apiVersion, kind }, { signal });
    const { namespace } = top.metadata;
    const ref = { apiVersion, kind, name, ...(served?.namespaced && namespace ? { namespace } : {}) };
    const found = await kube.get(ref, { signal });
    if (!found || found.metadata.uid !== owner.uid) return top;
    // The entries of a list carry no kind of their own; what a GET gives does.
    top = found;
  }
  return top;
}
