/** A cluster with everything in it that a plan can quiesce, and recoveries of it without a workflow around them. */
import { randomUUID } from 'node:crypto';
import { stringify } from 'yaml';
import { KubeError } from '../../src/kube/error.ts';
import type { ClusterSource } from '../../src/kube/clusters.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import { WatchHubs } from '../../src/kube/watch-hub.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { type LedgerRun, openLedger, planHash } from '../../src/recovery/ledger.ts';
import { takeLock } from '../../src/recovery/lock.ts';
import { type Chain, recoveryId } from '../../src/recovery/names.ts';
import { Cache, type RunRef, Session } from '../../src/recovery/session.ts';
import { clusterUid } from '../../src/recovery/cluster.ts';

const text = { type: 'string' };
const flag = { type: 'boolean' };
const map = { type: 'object', additionalProperties: { type: 'string' } };

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly spec: JsonObject;
}

/** With the fields that quiescing touches and some beside them; a field that is not here is dropped by the API server. */
const kinds: readonly Kind[] = [
  {
    group: 'argoproj.io',
    version: 'v1alpha1',
    kind: 'Application',
    plural: 'applications',
    spec: {
      project: text,
      syncPolicy: {
        type: 'object',
        properties: {
          automated: { type: 'object', properties: { enabled: flag, prune: flag, selfHeal: flag, allowEmpty: flag } },
          syncOptions: { type: 'array', items: text },
        },
      },
    },
  },
  {
    group: 'kustomize.toolkit.fluxcd.io',
    version: 'v1',
    kind: 'Kustomization',
    plural: 'kustomizations',
    spec: { interval: text, prune: flag, suspend: flag },
  },
  // As an older Flux serves it: the version is not the one that is looked for first.
  {
    group: 'helm.toolkit.fluxcd.io',
    version: 'v2beta2',
    kind: 'HelmRelease',
    plural: 'helmreleases',
    spec: { interval: text, suspend: flag },
  },
  {
    group: 'longhorn.io',
    version: 'v1beta2',
    kind: 'RecurringJob',
    plural: 'recurringjobs',
    spec: {
      name: text,
      groups: { type: 'array', items: text },
      task: text,
      cron: text,
      retain: { type: 'integer' },
      concurrency: { type: 'integer' },
      labels: map,
    },
  },
];

/** Makes the kinds of Argo CD, Flux and Longhorn known, with nobody behind them; quiet where they are. */
export async function installQuiescable(kube: KubeClient): Promise<void> {
  for (const { group, version, kind, plural, spec } of kinds) {
    const schema = { type: 'object', properties: { spec: { type: 'object', properties: spec } } };
    await quietly(
      kube.create({
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `${plural}.${group}` },
        spec: {
          group,
          scope: 'Namespaced',
          names: { plural, singular: kind.toLowerCase(), kind },
          versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: schema } }],
        },
      }),
    );
  }
  for (const { group, version, kind } of kinds)
    while (!(await kube.resource({ apiVersion: `${group}/${version}`, kind })))
      await new Promise((resolve) => setTimeout(resolve, 200));
}

/** Makes an object again and again until its kind is served: a definition is known before it can be used. */
export async function made(kube: KubeClient, object: KubeObject): Promise<KubeObject> {
  for (let left = 50; ; left -= 1) {
    try {
      return await kube.create(object);
    } catch (error) {
      if (!(error instanceof KubeError && error.code === 404) || left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

async function quietly(act: Promise<unknown>): Promise<void> {
  try {
    await act;
  } catch (error) {
    if (!(error instanceof KubeError && error.code === 409)) throw error;
  }
}

/** A pod template that every workload of the tests shares. */
export const template = {
  selector: { matchLabels: { app: 'x' } },
  template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'x', image: 'x.invalid/x:1' }] } },
};

/** One recovery of a site: lock and ledger taken, as planning leaves them. */
export interface Recovery {
  readonly run: RunRef;
  readonly chain: Chain;
  /** Opens it as an activity does. */
  session(): Promise<Session>;
}

/** Takes a site's lock and opens a ledger over a plan with this `quiesce`. */
export async function beginRecovery(
  clusters: ClusterSource,
  kube: KubeClient,
  of: {
    readonly site: string;
    readonly namespace: string;
    readonly quiesce: readonly object[];
    readonly more?: object;
    /** Of what the ledger says of the run: a Backup, a drill. */
    readonly run?: Partial<LedgerRun>;
  },
): Promise<Recovery> {
  const { signal } = new AbortController();
  const chain: Chain = { namespace: 'default', workflowId: randomUUID(), firstRunId: randomUUID() };
  const recovery = recoveryId(of.site, chain);
  const spec = {
    site: of.site,
    cluster: kube.context,
    namespaces: [of.namespace],
    tiers: { applications: [{ name: 'all', manifests: { paths: ['x.yaml'] } }] },
    quiesce: of.quiesce,
    ...of.more,
  };
  const planText = stringify({
    apiVersion: 'rekindle.dev/v1alpha1',
    kind: 'RestorePlan',
    metadata: { name: of.site },
    spec,
  });
  const cluster = { context: kube.context, uid: await clusterUid(kube, signal) };
  const run: RunRef = { recovery, site: of.site, cluster, chain };
  const at = new Date().toISOString();
  const answer = await takeLock(kube, {
    site: of.site,
    recovery,
    chain,
    temporalAddress: 'nowhere.invalid:7233',
    link: 'http://ui/w',
    takeOver: true,
    ask: async () => 'closed',
    signal,
  });
  if (answer.state !== 'ours') throw new Error(answer.message);
  const workflow = { namespace: chain.namespace, workflowId: chain.workflowId, runId: chain.firstRunId };
  const times = { startedAt: at, disasterAt: at, disasterAtIs: 'the start' } as const;
  await openLedger(
    kube,
    { recovery, site: of.site, plan: of.site, planSha256: planHash(planText), cluster, ...times, workflow, ...of.run },
    planText,
    signal,
  );
  const log = { info: () => undefined, warn: () => undefined };
  const deps = { clusters, plansFolder: '/nowhere', cache: new Cache(), watches: new WatchHubs(log.warn), log };
  return { run, chain, session: () => Session.open(deps, run, AbortSignal.timeout(180_000)) };
}
