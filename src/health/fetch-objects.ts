import { KubeError } from '../kube/error.ts';
import type { KubeClient, KubeObject, ReadOptions } from '../kube/types.ts';
import { holdsData } from '../kube/watch-hub.ts';
import { groupOf, missing, refKey, refText, unknown, type ObjectRef, type Verdict } from '../model/verdict.ts';
import { servedKind, type ServedKind } from './served.ts';

/** An object that was asked for: as it is, or why there is nothing to judge. */
export type Fetched =
  | { readonly ref: ObjectRef; readonly object: KubeObject; readonly hasStatus: boolean | undefined }
  | { readonly ref: ObjectRef; readonly verdict: Verdict };

/** From this many objects of a kind in a namespace on, one list costs the API server less than single reads. */
const listFrom = 4;

/** Requests under way at once: a gate must not take the whole of a client's share. */
const requestsAtOnce = 6;

/** Which kinds have a rule of the plan's own: such a rule may ask for any field. */
export type HasOwnRule = (kind: { readonly apiVersion: string; readonly kind: string }) => boolean;

/**
 * Fetches objects by reference: one list for many of a kind in a namespace, single reads for few. Of Secrets and ConfigMaps
 * no more than the metadata, unless a rule of the plan's own judges them. Throws KubeError when the cluster does not answer.
 */
export async function fetchObjects(
  kube: KubeClient,
  refs: Iterable<ObjectRef> | AsyncIterable<ObjectRef>,
  signal: AbortSignal,
  hasOwnRule: HasOwnRule = () => false,
): Promise<Fetched[]> {
  const fetched: Fetched[][] = [];
  await eachOf(await groupsOf(refs), requestsAtOnce, async (group, index) => {
    fetched[index] = await fetchGroup(kube, group, signal, hasOwnRule);
  });
  return fetched.flat();
}

/** The groups of a list of references: a gate asks for the same ones at each look, and they may be ten thousand. */
const knownGroups = new WeakMap<object, readonly (readonly ObjectRef[])[]>();

/** Each reference once, those of a kind and namespace together. */
async function groupsOf(
  refs: Iterable<ObjectRef> | AsyncIterable<ObjectRef>,
): Promise<readonly (readonly ObjectRef[])[]> {
  const known = knownGroups.get(refs);
  if (known !== undefined) return known;
  const groups = new Map<string, ObjectRef[]>();
  const seen = new Set<string>();
  for await (const ref of refs) {
    if (seen.has(refKey(ref))) continue;
    seen.add(refKey(ref));
    const key = `${ref.apiVersion}/${ref.kind}/${ref.namespace ?? ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [ref]);
    else group.push(ref);
  }
  // Only a list stays what it is: others are read once.
  if (Array.isArray(refs)) knownGroups.set(refs, [...groups.values()]);
  return [...groups.values()];
}

/** Runs a task for each entry, at most `atOnce` at a time; the first error ends it. */
export async function eachOf<T>(
  entries: readonly T[],
  atOnce: number,
  task: (entry: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < entries.length; index = next++) {
      const entry = entries[index];
      if (entry !== undefined) await task(entry, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, entries.length) }, lane));
}

/** All of a group are of one kind in one namespace. */
async function fetchGroup(
  kube: KubeClient,
  group: readonly ObjectRef[],
  signal: AbortSignal,
  hasOwnRule: HasOwnRule,
): Promise<Fetched[]> {
  const [first] = group;
  if (first === undefined) return [];
  const kind = await servedKind(kube, first, signal);
  if (kind === undefined) {
    const verdict = missing('KindNotServed', `the cluster does not serve ${first.kind} of ${first.apiVersion}`);
    return group.map((ref) => ({ ref, verdict }));
  }
  const place = kind.namespaced && first.namespace !== undefined ? { namespace: first.namespace } : {};
  const options: ReadOptions = { signal, metadataOnly: holdsData(kind) && !hasOwnRule(kind) };
  try {
    if (group.length >= listFrom) return await fetchByList(kube, kind, group, { ...place, ...options });
    return await Promise.all(
      group.map(async (ref) =>
        fetchedFrom(
          ref,
          await kube.get({ apiVersion: kind.apiVersion, kind: ref.kind, name: ref.name, ...place }, options),
          kind,
        ),
      ),
    );
  } catch (error) {
    const verdict = refused(error, group.length >= listFrom ? 'list' : 'get', kind);
    if (verdict === undefined) throw error;
    return group.map((ref) => ({ ref, verdict }));
  }
}

async function fetchByList(
  kube: KubeClient,
  kind: ServedKind,
  group: readonly ObjectRef[],
  options: ReadOptions & { readonly namespace?: string },
): Promise<Fetched[]> {
  const { items } = await kube.list(kind, options);
  const byName = new Map(items.map((item) => [item.metadata.name, item]));
  return group.map((ref) => fetchedFrom(ref, byName.get(ref.name), kind));
}

function fetchedFrom(ref: ObjectRef, object: KubeObject | undefined, kind: ServedKind): Fetched {
  if (object === undefined) return { ref, verdict: missing('NotFound', `${refText(ref)} is not in the cluster`) };
  const { apiVersion, kind: name, hasStatus } = kind;
  // Entries of a list may carry no kind of their own; what does is not copied: a gate may look at ten thousand.
  const isNamed = object.apiVersion === apiVersion && object.kind === name;
  return { ref, object: isNamed ? object : { ...object, apiVersion, kind: name }, hasStatus };
}

/** The verdict where the API server refuses to say; undefined for every other error: no answer is no verdict. */
export function refused(
  error: unknown,
  verb: 'get' | 'list',
  kind: { readonly plural: string; readonly apiVersion: string },
): Verdict | undefined {
  if (!(error instanceof KubeError)) return undefined;
  const group = groupOf(kind.apiVersion);
  const resource = group === '' ? kind.plural : `${kind.plural}.${group}`;
  if (error.code === 403) return unknown('Forbidden', `we may not ${verb} ${resource}: the worker's role lacks it`);
  if (error.code === 401) return unknown('Unauthorized', `the cluster does not know us (asked to ${verb} ${resource})`);
  if (error.reason === 'KindNotServed') return missing('KindNotServed', `the cluster does not serve ${resource}`);
  return undefined;
}
