import { KubeError } from '../src/kube/error.ts';
import type { KubeClient } from '../src/kube/types.ts';
import { clusterUid } from '../src/recovery/cluster.ts';
import { type LedgerRun, readLedger } from '../src/recovery/ledger.ts';
import type { Shared } from './deps.ts';
import { failure } from './failure.ts';

/** How long the plan's own cluster may take to say who it is, ms. */
const ownClusterMs = 15_000;

/** The cluster that a drill is in, or is to be in. */
export interface DrillCluster {
  readonly context: string;
  readonly uid: string;
  /** A drill that was in it: its ledger says which cluster that was, and that it was not the site's own. */
  readonly provenBy: LedgerRun | undefined;
}

/**
 * A drill never restores into the site's own cluster, whatever its contexts are called: the UIDs of kube-system tell. Where
 * that cluster does not answer nothing shows that it is another one; but for what an earlier drill has left, whose ledger
 * does: a practice cluster can be cleaned up after its site was lost.
 */
export async function refuseOwnCluster(
  deps: Shared,
  drill: DrillCluster,
  own: string,
  signal: AbortSignal,
): Promise<void> {
  const isProven = drill.provenBy?.cluster.uid === drill.uid;
  if (isProven && !deps.clusters.contexts.includes(own)) return;
  if (!deps.clusters.contexts.includes(own))
    throw failure(
      'PlanInvalid',
      `spec.cluster: this worker knows no context ${own}, so nothing shows that the drill's cluster ${drill.context} is another one; give the worker a login for it`,
    );
  const uid = await ownUid(deps, own, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    if (isProven) return undefined;
    throw error;
  });
  if (uid === drill.uid)
    throw failure(
      'PlanInvalid',
      `spec.drill.cluster: context ${drill.context} is the site's own cluster ${own} (its kube-system has the same UID); a drill needs another cluster`,
    );
}

async function ownUid(deps: Shared, own: string, signal: AbortSignal): Promise<string> {
  try {
    return await clusterUid(deps.clusters.client(own), AbortSignal.any([signal, AbortSignal.timeout(ownClusterMs)]));
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof KubeError) && !(error instanceof Error && error.name === 'TimeoutError')) throw error;
    throw failure(
      'Blocked',
      `the site's own cluster ${own} does not answer, so nothing shows that the drill's is another one: ${error.message}; a site that is lost needs a recovery, no drill`,
      { reason: 'OwnClusterSilent' },
    );
  }
}

/** A drill's run with the namespaces that stand before its first write; of a ledger that is there, those that it names. */
export async function withPlace(kube: KubeClient, run: LedgerRun, signal: AbortSignal): Promise<LedgerRun> {
  if (run.mode !== 'drill') return run;
  const known = (await readLedger(kube, run.recovery, signal))?.run.namespacesBefore;
  if (known) return { ...run, namespacesBefore: known };
  const { items } = await kube.list({ apiVersion: 'v1', kind: 'Namespace' }, { metadataOnly: true, signal });
  return { ...run, namespacesBefore: items.map(({ metadata }) => metadata.name) };
}
