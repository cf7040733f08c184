import { refText, type ObjectRef } from '../model/verdict.ts';
import { createDiscovery, kindNotServed, type Discovery, type KindName } from './discovery.ts';
import { KubeError } from './error.ts';
import { execInPod } from './exec.ts';
import type { Act } from './failure.ts';
import { acceptHeaders, listObjects } from './list.ts';
import type { LoginSource } from './login.ts';
import { collectionPath, objectPath } from './paths.ts';
import { proxyGet } from './proxy.ts';
import { isKubeObject, parseJson, textAt, valueAt } from './read.ts';
import { createTransport, type Answer, type Call, type Transport } from './transport.ts';
import type {
  Access,
  ApplyOptions,
  CallOptions,
  KubeClient,
  KubeObject,
  LogOptions,
  PatchType,
  ReadOptions,
} from './types.ts';
import { watchObjects } from './watch.ts';

/** A log answer is cut here by the API server. */
const logLimitBytes = 1024 * 1024;

const patchTypes = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
} as const satisfies Record<PatchType, string>;

/** What all calls of one client share. */
interface Shared {
  readonly transport: Transport;
  readonly discovery: Discovery;
}

/** The client of one context. `close` ends its connections. */
export function createKubeClient(logins: LoginSource): KubeClient {
  const transport = createTransport(logins);
  const discovery = createDiscovery(transport);
  const access: Shared = { transport, discovery };
  return {
    context: logins.context,
    server: logins.server,
    get: (ref, options) => getObject(access, ref, options),
    list: (kind, options) => listObjects(transport, discovery, kind, options),
    create: (object, options) => createObject(access, object, options),
    replace: (object, options) => replaceObject(access, object, options),
    apply: (object, options) => applyObject(access, object, options),
    patch: (ref, type, body, options) => patchObject(access, ref, type, body, options),
    remove: (ref, options) => removeObject(access, ref, options),
    watch: (kind, options) => watchObjects(transport, discovery, kind, options),
    exec: (options) => execInPod(transport, options),
    logs: (options) => readLogs(transport, options),
    proxyGet: (target, options) => proxyGet(transport, target, options),
    resource: (kind, options) => discovery.find(kind, options),
    resources: (options) => discovery.all(options),
    may: (wanted, options) => askMay(transport, wanted, options),
    version: (options) => readVersion(transport, options),
    close: () => transport.close(),
  };
}

async function getObject(
  { transport, discovery }: Shared,
  ref: ObjectRef,
  options?: ReadOptions,
): Promise<KubeObject | undefined> {
  const resource = await discovery.find(ref, options);
  if (resource === undefined) return undefined;
  const act = actOf('get', ref);
  const headers = acceptHeaders(options?.metadataOnly, 'PartialObjectMetadata');
  const path = objectPath(resource, ref);
  try {
    const object = readObject(
      act,
      await transport.send({ act, method: 'GET', path, headers, repeatable: true, options }),
    );
    return options?.metadataOnly === true ? { ...object, apiVersion: ref.apiVersion, kind: ref.kind } : object;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return undefined;
  }
}

async function createObject(
  access: Shared,
  object: KubeObject,
  options?: CallOptions & { readonly dryRun?: boolean },
): Promise<KubeObject> {
  const act = actOf('create', refOf(object));
  return withFreshKind(access, object, options, async (discovery) => {
    const path = collectionPath(await discovery.need(object, options), object.metadata.namespace);
    return send(access, {
      act,
      method: 'POST',
      path,
      query: dryRunQuery(options?.dryRun),
      body: object,
      repeatable: false,
      options,
    });
  });
}

/** Repeated after a lost answer it may find itself overtaken by itself: a 409, after which every caller looks again. */
async function replaceObject(access: Shared, object: KubeObject, options?: CallOptions): Promise<KubeObject> {
  const act = actOf('update', refOf(object));
  return withFreshKind(access, object, options, async (discovery) => {
    const path = objectPath(await discovery.need(object, options), refOf(object));
    return send(access, { act, method: 'PUT', path, body: object, repeatable: true, options });
  });
}

async function applyObject(access: Shared, object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
  const act = actOf('apply', refOf(object));
  const query = {
    fieldManager: options.fieldManager,
    force: options.force === true ? true : undefined,
    ...dryRunQuery(options.dryRun),
  };
  // JSON is YAML; this is the content type that API servers of all versions take.
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  return withFreshKind(access, object, options, async (discovery) => {
    const path = objectPath(await discovery.need(object, options), refOf(object));
    return send(access, { act, method: 'PATCH', path, query, headers, body: object, repeatable: true, options });
  });
}

async function patchObject(
  access: Shared,
  ref: ObjectRef,
  type: PatchType,
  body: unknown,
  options?: CallOptions & { readonly subresource?: 'status' },
): Promise<KubeObject> {
  const subresource = options?.subresource;
  const act = actOf(subresource === undefined ? 'patch' : `patch the ${subresource} of`, ref);
  const resource = await access.discovery.need(ref, options);
  const path = `${objectPath(resource, ref)}${subresource === undefined ? '' : `/${subresource}`}`;
  // A JSON patch may add to a list: doing it twice is not doing it once.
  return send(access, {
    act,
    method: 'PATCH',
    path,
    headers: { 'content-type': patchTypes[type] },
    body,
    repeatable: type === 'merge',
    options,
  });
}

async function removeObject(
  { transport, discovery }: Shared,
  ref: ObjectRef,
  options?: Parameters<KubeClient['remove']>[1],
): Promise<void> {
  const resource = await discovery.find(ref, options);
  if (resource === undefined) return;
  const preconditions = {
    ...(options?.uid === undefined ? {} : { uid: options.uid }),
    ...(options?.resourceVersion === undefined ? {} : { resourceVersion: options.resourceVersion }),
  };
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(options?.propagation === undefined ? {} : { propagationPolicy: options.propagation }),
    ...(Object.keys(preconditions).length === 0 ? {} : { preconditions }),
  };
  try {
    await transport.send({
      act: actOf('delete', ref),
      method: 'DELETE',
      path: objectPath(resource, ref),
      body,
      repeatable: true,
      options,
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** A kind that was remembered may be gone, or back with another scope, since a cluster was wiped: on a 404 it is looked up anew, once. */
async function withFreshKind<T>(
  { discovery }: Shared,
  kind: KindName,
  options: CallOptions | undefined,
  write: (discovery: Discovery) => Promise<T>,
): Promise<T> {
  try {
    return await write(discovery);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const before = await discovery.find(kind, options);
    discovery.forget(kind.apiVersion);
    const now = await discovery.find(kind, options);
    if (now === undefined) throw kindNotServed(kind);
    if (now.plural === before?.plural && now.namespaced === before.namespaced) throw error;
    return write(discovery);
  }
}

async function send({ transport }: Shared, call: Call): Promise<KubeObject> {
  return readObject(call.act, await transport.send(call));
}

function readObject(act: Act, answer: Answer): KubeObject {
  const object = parseJson(answer.text);
  if (isKubeObject(object)) return object;
  throw new KubeError(`cannot ${act.verb} ${act.object}: the answer is not an object of Kubernetes`, {
    code: answer.status,
    reason: 'BadAnswer',
  });
}

async function readLogs(transport: Transport, options: LogOptions): Promise<string> {
  const { namespace, pod, container, previous, tailLines } = options;
  const act = { verb: 'read the log of', object: `Pod ${namespace}/${pod}` };
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`;
  const query = { container, previous, tailLines, limitBytes: logLimitBytes };
  const answer = await transport.send({
    act,
    method: 'GET',
    path,
    query,
    headers: { accept: '*/*' },
    repeatable: true,
    options,
  });
  return answer.text;
}

async function askMay(transport: Transport, access: Access, options?: CallOptions): Promise<boolean> {
  const { verb, group, resource: written, namespace, name } = access;
  const [resource, subresource] = written.split('/');
  const resourceAttributes = { verb, group, resource, subresource, namespace, name };
  const act = { verb: 'ask for', object: `the permission to ${verb} ${written}` };
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const answer = await transport.send({ act, method: 'POST', path, body, repeatable: true, options });
  return valueAt(parseJson(answer.text), 'status', 'allowed') === true;
}

async function readVersion(transport: Transport, options?: CallOptions): Promise<string> {
  const act = { verb: 'get', object: 'the version of the API server' };
  const answer = await transport.send({ act, method: 'GET', path: '/version', repeatable: true, options });
  const version = textAt(parseJson(answer.text), 'gitVersion');
  if (version !== undefined) return version;
  throw new KubeError(`${transport.logins.server} does not answer like a Kubernetes API server`, {
    code: answer.status,
    reason: 'BadAnswer',
  });
}

function actOf(verb: string, ref: ObjectRef): Act {
  return { verb, object: refText(ref), secret: ref.kind === 'Secret' };
}

function refOf(object: KubeObject): ObjectRef {
  const { name, namespace } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

function dryRunQuery(dryRun: boolean | undefined): { readonly dryRun?: string } {
  return dryRun === true ? { dryRun: 'All' } : {};
}

function isNotFound(error: unknown): boolean {
  return error instanceof KubeError && error.code === 404 && error.reason !== 'KindNotServed';
}
