import type { ObjectRef } from '../model/verdict.ts';

/** An object as the API server sent it: raw JSON, nothing dropped. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** The fields of `metadata` that this project reads or writes. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly [field: string]: unknown;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

/** A kind as the API server serves it. */
export interface ApiResource {
  readonly apiVersion: string;
  readonly kind: string;
  /** The plural in paths: `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** The schema has a status: true when the resource has a `status` subresource or discovery says so. */
  readonly hasStatus: boolean;
}

/** Per call: every call ends by the signal or by its own time limit (15 s unless told). */
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** A read that needs no more than `metadata` says so: then no `data` of a Secret is sent, nor any spec. */
export interface ReadOptions extends CallOptions {
  readonly metadataOnly?: boolean;
}

export interface ListOptions extends ReadOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** What is kept of each object, page by page: a long list need not be held whole in its raw form. */
  readonly keep?: (object: KubeObject) => KubeObject;
}

export interface WatchOptions extends Omit<ListOptions, 'keep'> {
  readonly resourceVersion: string;
  /** Called when the API server has taken the watch on. */
  readonly opened?: () => void;
}

export interface ListResult {
  readonly resourceVersion: string;
  readonly items: readonly KubeObject[];
}

export interface ApplyOptions extends CallOptions {
  readonly fieldManager: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export type PatchType = 'merge' | 'json';

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: KubeObject;
}

export interface ExecOptions extends CallOptions {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
  /** argv; there is no shell, so `$VAR` is not expanded. */
  readonly command: readonly string[];
  /** What the command reads from its standard input, then its end. Kept nowhere: the way for a secret. */
  readonly stdin?: string;
  /** Output is cut here (bytes, each stream); default 64 KiB. */
  readonly maxOutputBytes?: number;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** True when output was cut at the limit. */
  readonly cut: boolean;
}

export interface LogOptions extends CallOptions {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
  readonly previous?: boolean;
  readonly tailLines?: number;
}

/** Something that one may or may not do. `*` stands for all verbs, groups or resources. */
export interface Access {
  readonly verb: string;
  /** API group, `''` for core. */
  readonly group: string;
  /** The plural, with a subresource behind a slash: `pods/exec`. */
  readonly resource: string;
  /** Absent: in all namespaces, or of a cluster-scoped kind. */
  readonly namespace?: string;
  /** One object alone; absent: all of them. */
  readonly name?: string;
}

/** Answer of a request through the API server's service or pod proxy. */
export interface ProxyResult {
  readonly status: number;
  readonly body: string;
  readonly headers: { readonly [name: string]: string };
}

/**
 * The one door to a cluster. Raw JSON in and out; every call has a time limit; 429 and 5xx are tried again with
 * Retry-After inside the limit; everything else that is not an answer is a `KubeError`.
 */
export interface KubeClient {
  /** The kubeconfig context it was made for. */
  readonly context: string;
  /** The client that this one stands on, where it does: what is remembered of a cluster is kept by that one. */
  readonly base?: KubeClient;
  /** The API server's address, for messages. */
  readonly server: string;
  /** undefined when the object, or its kind, is not there. */
  get(ref: ObjectRef, options?: ReadOptions): Promise<KubeObject | undefined>;
  /** All objects of a kind (paged inside). A kind that is not served is a KubeError with reason `KindNotServed`. */
  list(kind: { readonly apiVersion: string; readonly kind: string }, options?: ListOptions): Promise<ListResult>;
  create(object: KubeObject, options?: CallOptions & { readonly dryRun?: boolean }): Promise<KubeObject>;
  /** PUT with the object's resourceVersion: a 409 when somebody was faster. */
  replace(object: KubeObject, options?: CallOptions): Promise<KubeObject>;
  /** Server-side apply. */
  apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  patch(
    ref: ObjectRef,
    type: PatchType,
    body: unknown,
    options?: CallOptions & { readonly subresource?: 'status' },
  ): Promise<KubeObject>;
  /** Quiet when it is not there already. `uid`/`resourceVersion` are preconditions. */
  remove(
    ref: ObjectRef,
    options?: CallOptions & {
      readonly uid?: string;
      readonly resourceVersion?: string;
      readonly propagation?: 'Foreground' | 'Background' | 'Orphan';
    },
  ): Promise<void>;
  /** Ends (returns) on a clean close, at the latest after `timeoutMs`; throws KubeError otherwise (reason `Expired` = list again). */
  watch(kind: { readonly apiVersion: string; readonly kind: string }, options: WatchOptions): AsyncIterable<WatchEvent>;
  exec(options: ExecOptions): Promise<ExecResult>;
  logs(options: LogOptions): Promise<string>;
  /** GET through the API server's proxy to a Service (`port` a number or name) or a Pod. */
  proxyGet(
    target: {
      readonly kind: 'Service' | 'Pod';
      readonly namespace: string;
      readonly name: string;
      readonly port: number | string;
      readonly scheme?: 'http' | 'https';
      readonly path: string;
      readonly host?: string;
    },
    options?: CallOptions,
  ): Promise<ProxyResult>;
  /** undefined when the kind is not served. Looks again when it is not known, so that CRDs may appear in mid-run. */
  resource(
    kind: { readonly apiVersion: string; readonly kind: string },
    options?: CallOptions,
  ): Promise<ApiResource | undefined>;
  /** Everything that is served, preferred versions. */
  resources(options?: CallOptions): Promise<readonly ApiResource[]>;
  /** Whether this login may do something: a SelfSubjectAccessReview, which the API server answers and does not keep. */
  may(access: Access, options?: CallOptions): Promise<boolean>;
  /** Server version, e.g. `v1.34.4`. */
  version(options?: CallOptions): Promise<string>;
  close(): Promise<void>;
}
