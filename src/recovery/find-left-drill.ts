import type { ClusterSource } from '../kube/clusters.ts';
import { KubeError } from '../kube/error.ts';
import type { KubeClient } from '../kube/types.ts';
import { clusterUid } from './cluster.ts';
import type { FoundLedger } from './find-ledger.ts';
import { type Ledger, ledgerOf } from './ledger.ts';
import { LedgerError } from './ledger-text.ts';
import { controlNamespace, isRecoveryId, labelKeys, mayBeOfSite } from './names.ts';
import { RequestError } from './request.ts';

/** How long one cluster may take to answer: a lost site's API server must not hold up the search. */
const perClusterMs = 8000;

/**
 * The drill that a person means, by its recovery id or by its site, out of the ledgers of every cluster that the worker
 * knows. Of a site's drills the one that nothing shows to be clean, else the newest. Throws RequestError in one sentence
 * where there is none, or where it must not be cleaned up.
 */
export async function findLeftDrill(
  clusters: ClusterSource,
  wanted: string,
  signal: AbortSignal,
): Promise<FoundLedger> {
  const looks = await Promise.all(clusters.contexts.map((context) => lookIn(clusters, context, wanted, signal)));
  const all = looks.flatMap((look) => look ?? []);
  const named = all.filter(({ ledger: { run } }) => run.recovery === wanted || run.site === wanted);
  const drills = oncePerCluster(named.filter(({ ledger: { run } }) => run.mode === 'drill'));
  // A ledger that was carried into another cluster (a backup of its namespace, say) proves nothing there.
  const here = drills.filter(isAtHome);
  const chosen = choose(wanted, here);
  const silent = clusters.contexts.filter((_, index) => looks[index] === undefined);
  if (!chosen) throw none(wanted, named, clusters.contexts, silent);
  refuseOverRecovery(chosen, all);
  return chosen;
}

/** What one cluster has of the site's recoveries; undefined where it does not answer. */
async function lookIn(
  clusters: ClusterSource,
  context: string,
  wanted: string,
  signal: AbortSignal,
): Promise<readonly FoundLedger[] | undefined> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(perClusterMs)]);
  try {
    const kube = clusters.client(context);
    const [uid, ledgers] = await Promise.all([clusterUid(kube, limited), ledgersOf(kube, wanted, limited)]);
    return ledgers.map((ledger) => ({ ledger, context, uid }));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof KubeError || limited.aborted) return undefined;
    throw error;
  }
}

/** All of the site's ledgers: beside the drill's own those of recoveries count, too. */
async function ledgersOf(kube: KubeClient, wanted: string, signal: AbortSignal): Promise<readonly Ledger[]> {
  const kind = { apiVersion: 'v1', kind: 'ConfigMap' };
  const { items } = await kube.list(kind, { namespace: controlNamespace, labelSelector: labelKeys.recovery, signal });
  const site = isRecoveryId(wanted) ? wanted.slice(0, -9) : wanted;
  return items.flatMap((item) => {
    const id = item.metadata.labels?.[labelKeys.recovery] ?? '';
    if (id !== wanted && !mayBeOfSite(id, site) && !mayBeOfSite(id, wanted)) return [];
    try {
      return [ledgerOf(item, id)];
    } catch (error) {
      // Somebody else's that was edited by hand is no news; the one that is meant is.
      if (error instanceof LedgerError && id !== wanted) return [];
      throw error;
    }
  });
}

const isAtHome = ({ ledger, uid }: FoundLedger): boolean => ledger.run.cluster.uid === uid;

/** Two contexts of one cluster count once: the one that the plan used. */
function oncePerCluster(found: readonly FoundLedger[]): readonly FoundLedger[] {
  const known = new Map<string, FoundLedger>();
  for (const one of found) {
    const key = `${one.uid}/${one.ledger.run.recovery}`;
    if (!known.has(key) || one.context === one.ledger.run.cluster.context) known.set(key, one);
  }
  return [...known.values()];
}

function choose(wanted: string, drills: readonly FoundLedger[]): FoundLedger | undefined {
  const exact = drills.find(({ ledger }) => ledger.run.recovery === wanted);
  if (exact) return exact;
  const newest = drills.toSorted((a, b) => b.ledger.run.startedAt.localeCompare(a.ledger.run.startedAt));
  const open = newest.filter(({ ledger }) => ledger.cleanedUp?.clean !== true);
  if (open.length < 2) return open[0] ?? newest[0];
  const names = open.slice(0, 5).map(({ ledger, context }) => `${ledger.run.recovery} (in ${context})`);
  throw new RequestError(
    `"cleanUp": ${open.length} drills of site ${wanted} are not known to be clean, so say which: ${names.join(', ')}`,
  );
}

/**
 * A site that was restored into a drill's cluster afterwards stands on what the drill had left there, or beside it: whatever
 * carries the drill's label may be in use now.
 */
function refuseOverRecovery({ ledger: { run }, context, uid }: FoundLedger, all: readonly FoundLedger[]): void {
  const later = all.find(
    (other) =>
      other.uid === uid &&
      isAtHome(other) &&
      other.ledger.run.mode !== 'drill' &&
      other.ledger.run.site === run.site &&
      Object.keys(other.ledger.steps).length > 0 &&
      lastStart(other.ledger) > run.startedAt,
  );
  if (!later) return;
  throw new RequestError(
    `"cleanUp": site ${run.site} was restored into cluster ${context} by recovery ${later.ledger.run.recovery} after drill ${run.recovery} had begun, so what the drill left may be in use: nothing is removed; see docs/drills.md for how to do it by hand`,
  );
}

function lastStart({ run, journals }: Ledger): string {
  return [run.startedAt, ...journals.map(({ startedAt }) => startedAt)].toSorted().at(-1) ?? run.startedAt;
}

function none(
  wanted: string,
  named: readonly FoundLedger[],
  contexts: readonly string[],
  silent: readonly string[],
): RequestError {
  const carried = named.find(({ ledger }) => ledger.run.mode === 'drill');
  if (carried)
    return new RequestError(
      `"cleanUp": the ledger of drill ${carried.ledger.run.recovery} in ${carried.context} tells of another cluster (kube-system ${carried.ledger.run.cluster.uid}): it was copied there, and nothing of the drill is removed there`,
    );
  const recovery = named.find(({ ledger }) => ledger.run.recovery === wanted);
  if (recovery)
    return new RequestError(
      `"cleanUp": ${wanted} is a recovery of site ${recovery.ledger.run.site}, no drill: what it restored stays`,
    );
  const unanswered = silent.length > 0 ? `; ${silent.join(', ')} could not be asked` : '';
  return new RequestError(
    `"cleanUp": no cluster that the worker knows (${contexts.join(', ') || 'none'}) has the ledger of a drill ${wanted}, nor of a drill of a site ${wanted}${unanswered}`,
  );
}
