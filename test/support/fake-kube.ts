import { KubeError } from '../../src/kube/error.ts';
import type { ApiResource, KubeClient, KubeObject, ListOptions, ObjectMeta } from '../../src/kube/types.ts';
import { groupOf, refKey, refText, type ObjectRef } from '../../src/model/verdict.ts';

/** What a fake cluster may be told. */
export interface FakeKubeOptions {
  readonly objects?: readonly KubeObject[];
  /** Kinds without a namespace, beside those that Kubernetes brings. */
  readonly clusterKinds?: readonly string[];
  /** Kinds whose schema has no status. */
  readonly statuslessKinds?: readonly string[];
  /** Kinds that are not served. */
  readonly absentKinds?: readonly string[];
  /** Kinds that may not be read: 403. */
  readonly forbiddenKinds?: readonly string[];
  /** Answers `logs`. */
  readonly logs?: KubeClient['logs'];
  /** What `may` denies, as `create restores`. */
  readonly forbiddenAccess?: readonly string[];
}

/** A KubeClient over a Map: uid, resourceVersion, generation and 409 as an API server gives them. What it does not do throws. */
export interface FakeKube extends KubeClient {
  /** Every request, as `get Pod shop/web-0` or `list Pod shop`. */
  readonly requests: string[];
  /** Puts an object in, as somebody else would. */
  put(object: KubeObject): KubeObject;
}

const clusterScoped: readonly string[] = [
  'Namespace',
  'Node',
  'PersistentVolume',
  'StorageClass',
  'CustomResourceDefinition',
  'APIService',
  'ClusterRole',
  'ClusterRoleBinding',
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'VolumeSnapshotContent',
  'VolumeSnapshotClass',
  'IngressClass',
  'PriorityClass',
];
const withoutStatus: readonly string[] = [
  'ConfigMap',
  'Secret',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ClusterRole',
  'ClusterRoleBinding',
  'StorageClass',
  'Lease',
  'EndpointSlice',
];

/** A cluster in memory, for unit tests. */
export function fakeKube(options: FakeKubeOptions = {}): FakeKube {
  const store = new Map<string, KubeObject>();
  const requests: string[] = [];
  let counter = 0;

  const put = (object: KubeObject): KubeObject => {
    counter += 1;
    const before = store.get(refKey(refOf(object)));
    const metadata: ObjectMeta = {
      uid: `uid-${counter}`,
      generation: generationOf(before, object),
      ...object.metadata,
      resourceVersion: String(counter),
    };
    const stored = { ...object, metadata };
    store.set(refKey(refOf(object)), stored);
    return stored;
  };
  for (const object of options.objects ?? []) put(object);

  const note = (verb: string, ref: ObjectRef): void => {
    requests.push(`${verb} ${refText(ref)}`);
    refuse(options, ref.kind, verb);
  };
  const change = (verb: string, ref: ObjectRef, next: (before: KubeObject) => KubeObject): Promise<KubeObject> =>
    attempt(() => {
      note(verb, ref);
      const before = store.get(refKey(ref));
      if (before === undefined) throw new KubeError(`${refText(ref)} is not there`, { code: 404, reason: 'NotFound' });
      const after = next(before);
      const wanted = after.metadata.resourceVersion;
      if (wanted !== undefined && wanted !== before.metadata.resourceVersion)
        throw new KubeError(`${refText(ref)} has changed`, { code: 409, reason: 'Conflict' });
      return put({
        ...after,
        metadata: { ...after.metadata, uid: before.metadata.uid ?? '', generation: generationOf(before, after) },
      });
    });

  return {
    context: 'fake',
    server: 'https://fake.invalid',
    requests,
    put,
    get: (ref) =>
      attempt(() => {
        note('get', ref);
        return options.absentKinds?.includes(ref.kind) ? undefined : store.get(refKey(ref));
      }),
    list: (kind, listOptions) =>
      attempt(() => {
        requests.push(`list ${kind.kind} ${listOptions?.namespace ?? '*'}`);
        refuse(options, kind.kind, 'list');
        if (options.absentKinds?.includes(kind.kind))
          throw new KubeError(`${kind.kind} is not served`, { code: 404, reason: 'KindNotServed' });
        return {
          resourceVersion: String(counter),
          items: [...store.values()].filter((object) => isOf(object, kind) && isIn(object, listOptions)),
        };
      }),
    create: (object, createOptions) =>
      attempt(() => {
        note('create', refOf(object));
        if (store.has(refKey(refOf(object))))
          throw new KubeError(`${refText(refOf(object))} exists`, { code: 409, reason: 'AlreadyExists' });
        return createOptions?.dryRun === true ? object : put(object);
      }),
    replace: (object) => change('replace', refOf(object), () => object),
    apply: (object, applyOptions) =>
      attempt(() => {
        note('apply', refOf(object));
        const merged = merge(store.get(refKey(refOf(object))), object);
        return applyOptions.dryRun === true ? merged : put(merged);
      }),
    patch: (ref, type, body) => {
      if (type !== 'merge') throw new Error('the fake cluster takes merge patches alone');
      return change('patch', ref, (before) => merge(before, body));
    },
    remove: (ref, removeOptions) =>
      attempt(() => {
        note('remove', ref);
        const before = store.get(refKey(ref));
        const fits = (field: 'uid' | 'resourceVersion'): boolean =>
          removeOptions?.[field] === undefined || removeOptions[field] === before?.metadata[field];
        if (before !== undefined && !(fits('uid') && fits('resourceVersion')))
          throw new KubeError(`${refText(ref)} is another one`, { code: 409, reason: 'Conflict' });
        store.delete(refKey(ref));
      }),
    resource: (kind) =>
      Promise.resolve(options.absentKinds?.includes(kind.kind) ? undefined : resourceOf(kind, options)),
    resources: () =>
      attempt(() => [
        ...new Map(
          [...store.values()].map((object) => [`${object.apiVersion}/${object.kind}`, resourceOf(object, options)]),
        ).values(),
      ]),
    may: ({ verb, resource }) =>
      attempt(() => {
        requests.push(`may ${verb} ${resource}`);
        return !options.forbiddenAccess?.includes(`${verb} ${resource}`);
      }),
    version: () => Promise.resolve('v1.34.4'),
    close: () => Promise.resolve(),
    watch: () => notDone('watch'),
    exec: () => notDone('exec'),
    logs: (of) => {
      requests.push(`logs ${of.namespace}/${of.pod} ${of.container ?? ''}${of.previous === true ? ' previous' : ''}`);
      return options.logs === undefined ? notDone('logs') : options.logs(of);
    },
    proxyGet: () => notDone('proxyGet'),
  };
}

function refOf({ apiVersion, kind, metadata }: KubeObject): ObjectRef {
  const ref = { apiVersion, kind, name: metadata.name };
  return metadata.namespace === undefined ? ref : { ...ref, namespace: metadata.namespace };
}

async function attempt<T>(act: () => T): Promise<T> {
  await Promise.resolve();
  return act();
}

function notDone(verb: string): never {
  throw new Error(`the fake cluster does not ${verb}`);
}

function refuse(options: FakeKubeOptions, kind: string, verb: string): void {
  if (options.forbiddenKinds?.includes(kind))
    throw new KubeError(`${verb} ${kind} is forbidden`, { code: 403, reason: 'Forbidden' });
}

/** A new spec is a new generation; a new status is not. */
function generationOf(before: KubeObject | undefined, object: KubeObject): number {
  if (before === undefined) return object.metadata.generation ?? 1;
  const same = JSON.stringify(before['spec']) === JSON.stringify(object['spec']);
  return (before.metadata.generation ?? 1) + (same ? 0 : 1);
}

function isOf(object: KubeObject, kind: { readonly apiVersion: string; readonly kind: string }): boolean {
  return object.kind === kind.kind && groupOf(object.apiVersion) === groupOf(kind.apiVersion);
}

function isIn(object: KubeObject, options: ListOptions = {}): boolean {
  if (options.namespace !== undefined && object.metadata.namespace !== options.namespace) return false;
  if (options.labelSelector === undefined) return true;
  return options.labelSelector.split(',').every((pair) => {
    const [key = '', value] = pair.split('=');
    const label = object.metadata.labels?.[key];
    return value === undefined ? label !== undefined : label === value;
  });
}

function resourceOf(
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  options: FakeKubeOptions,
): ApiResource {
  return {
    apiVersion,
    kind,
    plural: `${kind.toLowerCase()}s`,
    namespaced: ![...clusterScoped, ...(options.clusterKinds ?? [])].includes(kind),
    hasStatus: ![...withoutStatus, ...(options.statuslessKinds ?? [])].includes(kind),
  };
}

type Fields = { readonly [field: string]: unknown };

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A JSON merge patch (RFC 7386): null removes. */
function merge(before: KubeObject | undefined, patch: unknown): KubeObject {
  const merged = merged7386(before, patch);
  if (
    !isFields(merged) ||
    typeof merged['apiVersion'] !== 'string' ||
    typeof merged['kind'] !== 'string' ||
    !isFields(merged['metadata'])
  )
    throw new Error('the patch leaves no object');
  const { name } = merged['metadata'];
  return {
    ...merged,
    apiVersion: merged['apiVersion'],
    kind: merged['kind'],
    metadata: { ...merged['metadata'], name: String(name) },
  };
}

function merged7386(before: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const result = new Map(Object.entries(isFields(before) ? before : {}));
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) result.delete(field);
    else result.set(field, merged7386(result.get(field), value));
  }
  return Object.fromEntries(result);
}
