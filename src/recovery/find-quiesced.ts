import { KubeError } from '../kube/error.ts';
import type { KubeClient, KubeObject } from '../kube/types.ts';
import { quiesceKindNames } from '../model/quiesce.ts';
import { servedAs } from '../quiesce/find.ts';
import { markOf } from '../quiesce/marks.ts';
import { quiesceKinds } from '../quiesce/registry.ts';
import { type Ledger, readLedger } from './ledger.ts';
import { LedgerError } from './ledger-text.ts';
import { controlNamespace, labelKeys, mayBeOfSite } from './names.ts';
import { type QuiesceEntry, quiesceKey } from './quiesce-entry.ts';

/** What a recovery has stopped and not put back, as far as ledger and annotations tell. */
export interface LeftBehind {
  readonly recovery: string;
  /** Whether its ledger could be read: else the objects' own notes are all there is. */
  readonly ledger: boolean;
  readonly entries: readonly (Omit<QuiesceEntry, 'before'> & Partial<Pick<QuiesceEntry, 'before'>>)[];
}

/** What a look for it found. */
export interface FoundQuiesced {
  readonly recoveries: readonly LeftBehind[];
  /** Kinds that this login may not list in the whole cluster: objects whose ledger is gone are not found among them. */
  readonly unread: readonly string[];
}

/** Everything of a site that a recovery has stopped: by its ledgers, and by the annotations of the objects themselves. */
export async function findQuiesced(kube: KubeClient, site: string, signal: AbortSignal): Promise<FoundQuiesced> {
  const ledgers = await ledgersOf(kube, site, signal);
  const { marked, unread } = await markedObjects(kube, signal);
  // A ledger knows its site in full: two sites may begin alike. Where it is gone the id is all there is to tell by.
  const isOwn = (id: string): boolean => mayBeOfSite(id, site) && (ledgers.get(id)?.run.site ?? site) === site;
  const own = marked.filter(({ by }) => isOwn(by));
  const ids = new Set([...ledgers.keys(), ...own.map(({ by }) => by)]);
  const recoveries = [...ids]
    .filter(isOwn)
    .toSorted()
    .map((recovery): LeftBehind => {
      const known = ledgers.get(recovery)?.quiesce ?? [];
      const open = known.filter(({ state }) => state === 'quiesced' || state === 'coming');
      const keys = new Set(open.map((entry) => quiesceKey(entry)));
      const more = own.filter(({ by, entry }) => by === recovery && !keys.has(quiesceKey(entry)));
      return { recovery, ledger: ledgers.has(recovery), entries: [...open, ...more.map(({ entry }) => entry)] };
    });
  return { recoveries: recoveries.filter(({ entries }) => entries.length > 0), unread };
}

async function ledgersOf(kube: KubeClient, site: string, signal: AbortSignal): Promise<ReadonlyMap<string, Ledger>> {
  const kind = { apiVersion: 'v1', kind: 'ConfigMap' };
  const { items } = await kube.list(kind, {
    namespace: controlNamespace,
    labelSelector: labelKeys.recovery,
    metadataOnly: true,
    signal,
  });
  const ids = items.flatMap(({ metadata }) => metadata.labels?.[labelKeys.recovery] ?? []);
  const found = new Map<string, Ledger>();
  for (const id of ids.filter((one) => mayBeOfSite(one, site))) {
    const ledger = await readable(kube, id, signal);
    if (ledger) found.set(id, ledger);
  }
  return found;
}

/** One that was edited by hand is as good as gone: the annotations count. */
async function readable(kube: KubeClient, recovery: string, signal: AbortSignal): Promise<Ledger | undefined> {
  try {
    return await readLedger(kube, recovery, signal);
  } catch (error) {
    if (error instanceof LedgerError) return undefined;
    throw error;
  }
}

interface Marked {
  readonly by: string;
  readonly entry: LeftBehind['entries'][number];
}

async function markedObjects(
  kube: KubeClient,
  signal: AbortSignal,
): Promise<{ readonly marked: readonly Marked[]; readonly unread: readonly string[] }> {
  const marked: Marked[] = [];
  const unread: string[] = [];
  for (const [order, name] of quiesceKindNames.entries()) {
    const apiVersion = await servedAs(kube, quiesceKinds[name], signal);
    if (apiVersion === undefined) continue;
    const kind = { apiVersion, kind: name };
    const items = await listed(kube, kind, signal);
    if (!items) unread.push(name);
    for (const { metadata } of items ?? []) {
      const mark = markOf({ metadata });
      if (!mark) continue;
      const { name: own, namespace } = metadata;
      const ref = { ...kind, name: own, ...(namespace ? { namespace } : {}) };
      const before = mark.before ? { before: mark.before } : {};
      marked.push({ by: mark.by, entry: { ...ref, order, state: 'quiesced', ...before } });
    }
  }
  return { marked, unread };
}

async function listed(
  kube: KubeClient,
  kind: { readonly apiVersion: string; readonly kind: string },
  signal: AbortSignal,
): Promise<readonly KubeObject[] | undefined> {
  try {
    return (await kube.list(kind, { metadataOnly: true, signal })).items;
  } catch (error) {
    if (error instanceof KubeError && error.code === 403) return undefined;
    throw error;
  }
}
