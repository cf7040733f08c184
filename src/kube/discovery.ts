import { KubeError } from './error.ts';
import { answerError } from './failure.ts';
import { isRecord, listAt, parseJson, textAt, valueAt } from './read.ts';
import type { Transport } from './transport.ts';
import type { ApiResource, CallOptions } from './types.ts';

/** A kind at a version. */
export interface KindName {
  readonly apiVersion: string;
  readonly kind: string;
}

/** What the API server serves: remembered, and looked up again when something is not known. */
export interface Discovery {
  /** undefined when the kind is not served now. */
  find(kind: KindName, options?: CallOptions): Promise<ApiResource | undefined>;
  /** Like `find`, but throws `KindNotServed`. */
  need(kind: KindName, options?: CallOptions): Promise<ApiResource>;
  /** Everything, at preferred versions; always asked anew. */
  all(options?: CallOptions): Promise<readonly ApiResource[]>;
  /** Forgets a version: its answer turned out to be old. */
  forget(apiVersion: string): void;
}

/** The one answer that holds all groups with their kinds and subresources (Kubernetes 1.30: v2; 1.27: v2beta1). */
const aggregatedAccept = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',');

/** Makes the discovery of one API server. */
export function createDiscovery(transport: Transport): Discovery {
  const known = new Map<string, readonly ApiResource[]>();
  const find = async (kind: KindName, options?: CallOptions): Promise<ApiResource | undefined> => {
    const remembered = known.get(kind.apiVersion)?.find((each) => each.kind === kind.kind);
    if (remembered !== undefined) return remembered;
    // Unknown may mean that its CRD was made since: one small request for its version alone.
    const fresh = await fetchVersion(transport, kind.apiVersion, options);
    known.set(kind.apiVersion, fresh);
    return fresh.find((each) => each.kind === kind.kind);
  };
  return {
    find,
    need: async (kind, options) => {
      const found = await find(kind, options);
      if (found === undefined) throw kindNotServed(kind);
      return found;
    },
    all: async (options) => {
      const resources = await fetchAll(transport, options);
      for (const apiVersion of new Set(resources.map((each) => each.apiVersion))) {
        known.set(
          apiVersion,
          resources.filter((each) => each.apiVersion === apiVersion),
        );
      }
      return resources;
    },
    forget: (apiVersion) => {
      known.delete(apiVersion);
    },
  };
}

/** The error of a kind that is not served. */
export function kindNotServed(kind: KindName): KubeError {
  return new KubeError(`the cluster does not serve the kind ${kind.kind} of ${kind.apiVersion}`, {
    code: 404,
    reason: 'KindNotServed',
  });
}

/** `/api/v1` for core, `/apis/<group>/<version>` for the others. */
export function versionPath(apiVersion: string): string {
  const [first = '', second] = apiVersion.split('/').map(encodeURIComponent);
  return second === undefined ? `/api/${first}` : `/apis/${first}/${second}`;
}

async function fetchVersion(
  transport: Transport,
  apiVersion: string,
  options?: CallOptions,
): Promise<readonly ApiResource[]> {
  const act = { verb: 'get', object: `the kinds of ${apiVersion}` };
  try {
    const answer = await transport.send({
      act,
      method: 'GET',
      path: versionPath(apiVersion),
      repeatable: true,
      options,
    });
    return readVersion(apiVersion, parseJson(answer.text));
  } catch (error) {
    if (error instanceof KubeError && error.code === 404) return [];
    throw error;
  }
}

/** The kinds in an APIResourceList; subresources stand there as `deployments/status`. */
export function readVersion(apiVersion: string, list: unknown): readonly ApiResource[] {
  const entries = listAt(list, 'resources');
  const names = new Set(entries.map((entry) => textAt(entry, 'name')));
  const resources: ApiResource[] = [];
  for (const entry of entries) {
    const plural = textAt(entry, 'name') ?? '';
    const kind = textAt(entry, 'kind') ?? '';
    if (plural === '' || plural.includes('/')) continue;
    resources.push({
      apiVersion,
      kind,
      plural,
      namespaced: valueAt(entry, 'namespaced') === true,
      hasStatus: names.has(`${plural}/status`),
    });
  }
  return resources;
}

async function fetchAll(transport: Transport, options?: CallOptions): Promise<readonly ApiResource[]> {
  const core = await fetchAggregated(transport, '/api', options);
  const groups = await fetchAggregated(transport, '/apis', options);
  if (core.aggregated && groups.aggregated) return [...readAggregated(core.body), ...readAggregated(groups.body)];
  // Older than 1.27: one request for each group's preferred version.
  const versions = [
    'v1',
    ...listAt(groups.body, 'groups').map((group) => textAt(group, 'preferredVersion', 'groupVersion') ?? ''),
  ];
  const lists = await Promise.all(
    versions.filter((each) => each !== '').map((each) => fetchVersion(transport, each, options)),
  );
  return lists.flat();
}

async function fetchAggregated(
  transport: Transport,
  path: string,
  options?: CallOptions,
): Promise<{ readonly aggregated: boolean; readonly body: unknown }> {
  const act = { verb: 'list', object: 'the kinds that are served' };
  const answer = await transport.send({
    act,
    method: 'GET',
    path,
    headers: { accept: aggregatedAccept },
    repeatable: true,
    options,
  });
  const body = parseJson(answer.text);
  if (!isRecord(body)) throw answerError(act, 502, '');
  return { aggregated: body['kind'] === 'APIGroupDiscoveryList', body };
}

/** The kinds in an APIGroupDiscoveryList: of each group its first version, which is the preferred one, and kinds that only others have. */
export function readAggregated(list: unknown): readonly ApiResource[] {
  const resources: ApiResource[] = [];
  for (const group of listAt(list, 'items')) {
    const groupName = textAt(group, 'metadata', 'name') ?? '';
    const seen = new Set<string>();
    for (const version of listAt(group, 'versions')) {
      const name = textAt(version, 'version') ?? '';
      const apiVersion = groupName === '' ? name : `${groupName}/${name}`;
      for (const entry of listAt(version, 'resources')) {
        const resource = readAggregatedEntry(apiVersion, entry);
        if (resource === undefined || seen.has(resource.plural)) continue;
        seen.add(resource.plural);
        resources.push(resource);
      }
    }
  }
  return resources;
}

function readAggregatedEntry(apiVersion: string, entry: unknown): ApiResource | undefined {
  const kind = textAt(entry, 'responseKind', 'kind');
  const plural = textAt(entry, 'resource');
  if (kind === undefined || plural === undefined) return undefined;
  const hasStatus = listAt(entry, 'subresources').some((each) => textAt(each, 'subresource') === 'status');
  return { apiVersion, kind, plural, namespaced: textAt(entry, 'scope') === 'Namespaced', hasStatus };
}
