import { KubeError } from '../../../src/kube/error.ts';
import type { ExecOptions, KubeClient, KubeObject, ListOptions, ProxyResult } from '../../../src/kube/types.ts';
import type { CheckContext } from '../../../src/health/check.ts';
import { refText } from '../../../src/model/verdict.ts';
import type { TierName } from '../../../src/model/tiers.ts';
import type { Plan, Step } from '../../../src/model/plan.ts';

/** What a fake cluster holds and does; everything that a check may only read. */
export interface FakeCluster {
  readonly objects?: readonly KubeObject[];
  /** Kinds that are not namespaced; all others are. */
  readonly clusterKinds?: readonly string[];
  /** Kinds that are not served. */
  readonly absentKinds?: readonly string[];
  readonly exec?: KubeClient['exec'];
  readonly proxyGet?: KubeClient['proxyGet'];
  readonly logs?: KubeClient['logs'];
  /** Every list fails so. */
  readonly listError?: KubeError;
}

/** A cluster for checks. What they must not do (write, watch) fails the test. */
export function fakeKube(cluster: FakeCluster): KubeClient {
  const no = (): never => {
    throw new Error('a check must not do this');
  };
  const objects = cluster.objects ?? [];
  return {
    context: 'fake',
    server: 'https://fake',
    get: (ref) => Promise.resolve(objects.find((each) => refText(refOf(each)) === refText(ref))),
    list: ({ kind }, options) => {
      if (cluster.listError !== undefined) return Promise.reject(cluster.listError);
      return Promise.resolve({
        resourceVersion: '1',
        items: objects.filter((each) => each.kind === kind && isIn(each, options)),
      });
    },
    resource: ({ apiVersion, kind }) =>
      Promise.resolve(
        cluster.absentKinds?.includes(kind)
          ? undefined
          : {
              apiVersion,
              kind,
              plural: kind.toLowerCase(),
              namespaced: !cluster.clusterKinds?.includes(kind),
              hasStatus: true,
            },
      ),
    exec: cluster.exec ?? no,
    proxyGet: cluster.proxyGet ?? no,
    create: no,
    replace: no,
    apply: no,
    patch: no,
    remove: no,
    watch: no,
    logs: cluster.logs ?? no,
    resources: no,
    may: no,
    version: no,
    close: no,
  };
}

function refOf(object: KubeObject) {
  const { name, namespace } = object.metadata;
  return { kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

function isIn(object: KubeObject, options: ListOptions | undefined): boolean {
  if (options?.namespace !== undefined && object.metadata.namespace !== options.namespace) return false;
  const wanted = options?.labelSelector?.split(',') ?? [];
  return wanted.every((pair) => {
    const [key = '', value] = pair.split('=');
    return object.metadata.labels?.[key] === value;
  });
}

/** What a check is given: the plan's first namespace is shop-data. */
export function contextOf(kube: KubeClient, signal: AbortSignal = new AbortController().signal): CheckContext {
  return { kube, plan, namespace: 'shop-data', signal };
}

const none: readonly Step[] = [];
const tiers = {
  namespaces: none,
  crds: none,
  operators: none,
  storage: none,
  databases: none,
  queues: none,
  applications: none,
  ingress: none,
} satisfies { [Tier in TierName]: readonly Step[] };

const plan: Plan = {
  name: 'bookstore',
  site: 'bookstore',
  cluster: 'fake',
  namespaces: ['shop-data', 'shop-web'],
  objectives: {},
  approval: { beforePhaseTwo: false },
  accept: [],
  ignore: [],
  verdicts: [],
  stableForMs: 3000,
  degradedForMs: 300_000,
  parallelism: 8,
  tiers,
  verify: [],
};

/** A pod of namespace shop-data with the label app: orders-db and two containers. */
export function pod(
  name: string,
  state: {
    readonly phase?: string;
    readonly ready?: boolean;
    readonly waiting?: string;
    readonly leaving?: boolean;
  } = {},
): KubeObject {
  const { phase = 'Running', ready = true, waiting, leaving = false } = state;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop-data',
      labels: { app: 'orders-db' },
      ...(leaving ? { deletionTimestamp: '2026-11-21T05:00:00Z' } : {}),
    },
    spec: { containers: [{ name: 'postgres' }, { name: 'exporter' }] },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: waiting === undefined ? [] : [{ state: { waiting: { reason: waiting } } }],
    },
  };
}

/** A Service of namespace shop-data with one TCP port 5432, named postgres. */
export function service(name: string, spec: object = {}): KubeObject {
  const ports = [{ name: 'postgres', port: 5432, protocol: 'TCP' }];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop-data' }, spec: { ports, ...spec } };
}

/** Endpoints of a Service, one for each entry: ready or not. */
export function slice(serviceName: string, ...ready: readonly (boolean | undefined)[]): KubeObject {
  const labels = { 'kubernetes.io/service-name': serviceName };
  const endpoints = ready.map((each) => ({
    addresses: ['10.244.0.9'],
    conditions: each === undefined ? {} : { ready: each },
  }));
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: serviceName, namespace: 'shop-data', labels },
    endpoints,
  };
}

/** An exec that always ends so, and records what it was asked. */
export function execEnding(
  stdout: string,
  exitCode = 0,
  cut = false,
): { readonly exec: KubeClient['exec']; readonly asked: ExecOptions[] } {
  const asked: ExecOptions[] = [];
  const exec: KubeClient['exec'] = (options) => {
    asked.push(options);
    return Promise.resolve({ exitCode, stdout, stderr: '', cut });
  };
  return { exec, asked };
}

/** An answer through the proxy. */
export function answer(status: number, body = ''): ProxyResult {
  return { status, body, headers: {} };
}

/** An error of a call, as the client makes it. */
export function kubeError(reason: string, code = 0, message = `cannot do it: ${reason}`): KubeError {
  return new KubeError(message, { code, reason });
}
