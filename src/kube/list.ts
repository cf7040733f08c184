import type { Discovery, KindName } from './discovery.ts';
import { kindNotServed } from './discovery.ts';
import { KubeError } from './error.ts';
import { collectionPath } from './paths.ts';
import { isKubeObject, isRecord, listAt, parseJson, textAt } from './read.ts';
import type { Transport } from './transport.ts';
import type { ApiResource, KubeObject, ListOptions, ListResult } from './types.ts';

/** Objects asked for at once. */
const pageSize = 500;

/** `ConfigMaps in namespace shop-web with app=web`: what a list is of, for messages. */
export function collectionText(kind: KindName, options: ListOptions | undefined): string {
  const where = options?.namespace === undefined ? 'of the cluster' : `in namespace ${options.namespace}`;
  const which = options?.labelSelector === undefined ? '' : ` with ${options.labelSelector}`;
  return `the ${kind.kind} objects ${where}${which}`;
}

/** All objects of a kind, page by page. */
export async function listObjects(
  transport: Transport,
  discovery: Discovery,
  kind: KindName,
  options?: ListOptions,
): Promise<ListResult> {
  const resource = await discovery.need(kind, options);
  try {
    return await listPages(transport, resource, options, pageSize);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    // The continue token outlived etcd's compaction: once more in one piece, as client-go does.
    if (error.reason === 'Expired') return listPages(transport, resource, options, undefined);
    if (error.code !== 404) throw error;
    // An unknown namespace lists as empty: a 404 says that the kind went away since it was looked up.
    discovery.forget(kind.apiVersion);
    const now = await discovery.find(kind, options);
    if (now === undefined) throw kindNotServed(kind);
    return listPages(transport, now, options, pageSize);
  }
}

async function listPages(
  transport: Transport,
  resource: ApiResource,
  options: ListOptions | undefined,
  limit: number | undefined,
): Promise<ListResult> {
  const act = { verb: 'list', object: collectionText(resource, options), secret: resource.kind === 'Secret' };
  const path = collectionPath(resource, options?.namespace);
  const headers = acceptHeaders(options?.metadataOnly, 'PartialObjectMetadataList');
  const keep = options?.keep ?? ((object: KubeObject) => object);
  const items: KubeObject[] = [];
  let next: string | undefined;
  let resourceVersion = '';
  do {
    const query = {
      limit,
      continue: next,
      labelSelector: options?.labelSelector,
      fieldSelector: options?.fieldSelector,
    };
    const answer = await transport.send({ act, method: 'GET', path, query, headers, repeatable: true, options });
    const page = parseJson(answer.text);
    if (!isRecord(page))
      throw new KubeError(`cannot list ${act.object}: the answer is not a list`, {
        code: answer.status,
        reason: 'BadAnswer',
      });
    for (const item of listAt(page, 'items')) items.push(keep(withKind(resource, item)));
    resourceVersion = textAt(page, 'metadata', 'resourceVersion') ?? '';
    next = textAt(page, 'metadata', 'continue') || undefined;
  } while (next !== undefined);
  return { resourceVersion, items };
}

/**
 * Asks for the metadata of objects alone (Kubernetes API concepts, `as=PartialObjectMetadata`), and for all of them where an
 * aggregated API server knows no such answer; nothing where all is wanted.
 */
export function acceptHeaders(
  metadataOnly: boolean | undefined,
  as: 'PartialObjectMetadata' | 'PartialObjectMetadataList',
): { readonly accept?: string } {
  return metadataOnly === true ? { accept: `application/json;as=${as};g=meta.k8s.io;v=v1,application/json` } : {};
}

/** Built-in kinds come without apiVersion and kind in lists. */
function withKind(resource: ApiResource, item: unknown): KubeObject {
  const object = isRecord(item) ? { ...item, apiVersion: resource.apiVersion, kind: resource.kind } : undefined;
  if (isKubeObject(object)) return object;
  throw new KubeError(`a ${resource.kind} in the API server's list has no name`, { code: 0, reason: 'BadAnswer' });
}
