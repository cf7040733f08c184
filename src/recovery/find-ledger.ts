import type { ClusterSource } from '../kube/clusters.ts';
import { KubeError } from '../kube/error.ts';
import { type Ledger, readLedger } from './ledger.ts';
import { RequestError } from './request.ts';
import { clusterUid } from './cluster.ts';

/** A ledger and where it stands. */
export interface FoundLedger {
  readonly ledger: Ledger;
  readonly context: string;
  readonly uid: string;
}

/** How long one cluster may take to answer: a lost site's API server must not hold up the search. */
const perClusterMs = 8000;

async function lookIn(
  clusters: ClusterSource,
  context: string,
  recovery: string,
  signal: AbortSignal,
): Promise<FoundLedger | KubeError | undefined> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(perClusterMs)]);
  try {
    const kube = clusters.client(context);
    const ledger = await readLedger(kube, recovery, limited);
    return ledger && { ledger, context, uid: await clusterUid(kube, limited) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof KubeError) return error;
    if (limited.aborted) return new KubeError(`no answer in ${perClusterMs / 1000} s`, { code: 0, reason: 'Timeout' });
    throw error;
  }
}

/**
 * Looks for a recovery's ledger in every cluster that the worker knows. Two contexts of one cluster count once.
 * Throws RequestError where it is in none or in two.
 */
export async function findLedger(clusters: ClusterSource, recovery: string, signal: AbortSignal): Promise<FoundLedger> {
  const looks = await Promise.all(clusters.contexts.map((context) => lookIn(clusters, context, recovery, signal)));
  const silent = clusters.contexts.filter((_, index) => looks[index] instanceof KubeError);
  const byCluster = new Map<string, FoundLedger>();
  for (const look of looks) {
    if (!look || look instanceof KubeError) continue;
    // Of several names for one cluster, the one the plan used.
    const known = byCluster.get(look.uid);
    if (!known || look.context === look.ledger.run.cluster.context) byCluster.set(look.uid, look);
  }
  const found = [...byCluster.values()];
  const [first, second] = found;
  if (first && !second) return first;
  if (first && second)
    throw new RequestError(
      `"resume": recovery ${recovery} has a ledger in two clusters, ${first.context} and ${second.context}; leave the worker only the one to restore into`,
    );
  const unanswered = silent.length > 0 ? `; ${silent.join(', ')} did not answer` : '';
  throw new RequestError(
    `"resume": no cluster that the worker knows (${clusters.contexts.join(', ') || 'none'}) has a ledger of recovery ${recovery}${unanswered}`,
  );
}
