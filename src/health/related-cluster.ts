import type { KubeClient, KubeObject } from '../kube/types.ts';
import type { Related } from './assess.ts';
import { eachOf, refused } from './fetch-objects.ts';
import { kindRules } from './objects/registry.ts';
import { servedKind } from './served.ts';

/** Where each kind that rules may ask for is found. */
const apiVersions = new Map(kindRules.flatMap((rule) => rule.needs ?? []).map((need) => [need.kind, need.apiVersion]));

interface Known {
  readonly items: readonly KubeObject[];
  /** Why there are none: the cluster would not say. */
  readonly refusal?: string;
}

/**
 * `Related` from a cluster, for one look: it notes what the rules ask for and does not have, so that only that is fetched,
 * each kind and namespace once. A workload that is healthy asks for nothing.
 */
export class RelatedInCluster implements Related {
  private readonly known = new Map<string, Known>();
  private readonly statuses = new Map<string, boolean | undefined>();
  private readonly wanted = new Map<string, { readonly kind: string; readonly namespace?: string }>();
  private asked = 0;
  private refusals: string[] = [];

  of(kind: string, namespace?: string): readonly KubeObject[] {
    const known = this.look(kind, namespace);
    // Events only explain: a verdict is whole without them.
    if (known?.refusal !== undefined && kind !== 'Event' && !this.refusals.includes(known.refusal))
      this.refusals.push(known.refusal);
    return known?.items ?? [];
  }

  knows(kind: string, namespace?: string): boolean {
    const known = this.look(kind, namespace);
    return known !== undefined && known.refusal === undefined;
  }

  hasStatus(object: KubeObject): boolean | undefined {
    return this.statuses.get(`${object.apiVersion}/${object.kind}`);
  }

  /** What discovery says of a kind. */
  noteStatus(object: KubeObject, hasStatus: boolean | undefined): void {
    this.statuses.set(`${object.apiVersion}/${object.kind}`, hasStatus);
  }

  /** Runs a judgement; `complete` is false when it asked for something that still has to be fetched. */
  attempt<T>(judge: () => T): { readonly result: T; readonly complete: boolean; readonly refusals: readonly string[] } {
    const before = this.asked;
    this.refusals = [];
    const result = judge();
    return { result, complete: this.asked === before, refusals: this.refusals };
  }

  /** Fetches what was asked for since the last time. */
  async fetch(kube: KubeClient, signal: AbortSignal): Promise<void> {
    const wanted = [...this.wanted];
    this.wanted.clear();
    await eachOf(wanted, 4, async ([key, { kind, namespace }]) => {
      this.known.set(key, await listed(kube, kind, namespace, signal));
    });
  }

  private look(kind: string, namespace: string | undefined): Known | undefined {
    const key = `${kind}/${namespace ?? ''}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    this.asked += 1;
    this.wanted.set(key, namespace === undefined ? { kind } : { kind, namespace });
    return undefined;
  }
}

async function listed(
  kube: KubeClient,
  kind: string,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<Known> {
  const apiVersion = apiVersions.get(kind);
  if (apiVersion === undefined) throw new Error(`a rule asks for ${kind}, which no rule's needs name`);
  const at = (version: string): Promise<Known> =>
    kube.list({ apiVersion: version, kind }, { signal, ...(namespace === undefined ? {} : { namespace }) });
  try {
    return { items: (await at(apiVersion)).items };
  } catch (error) {
    const verdict = refused(error, 'list', { plural: kind, apiVersion });
    if (verdict === undefined) throw error;
    if (verdict.verdict !== 'Missing') return { items: [], refusal: verdict.message };
    const other = (await servedKind(kube, { apiVersion, kind }, signal))?.apiVersion;
    // A kind that is served at no version has no objects: that is an answer.
    return { items: other === undefined || other === apiVersion ? [] : (await at(other)).items };
  }
}
