import type { KubeClient } from '../kube/types.ts';
import type { Sign } from './stuck.ts';

/** Looks further apart than this are no watching without a break, milliseconds: a wait looks every few seconds. */
const breakMs = 120_000;

/** How many Restores of a cluster are remembered. */
const keptRestores = 100;

interface Seen {
  readonly at: number;
  readonly since: ReadonlyMap<string, number>;
}

/** What the last look at each Restore has seen: nothing in a cluster says since when something is *not* there. */
const seenOf = new WeakMap<KubeClient, Map<string, Seen>>();

/** Since when this worker sees each sign of a Restore without a break: one that takes over begins anew. */
export function signTimes(
  asked: KubeClient,
  restoreUid: string,
  signs: readonly Sign[],
  now: Date,
): ReadonlyMap<string, number> {
  const kube = asked.base ?? asked;
  const restores = seenOf.get(kube) ?? new Map<string, Seen>();
  seenOf.set(kube, restores);
  const last = restores.get(restoreUid);
  const at = now.getTime();
  const known = last && at - last.at <= breakMs ? last.since : undefined;
  const since = new Map(signs.map(({ key }) => [key, known?.get(key) ?? at]));
  restores.delete(restoreUid);
  if (since.size > 0) restores.set(restoreUid, { at, since });
  if (restores.size > keptRestores) restores.delete(restores.keys().next().value ?? restoreUid);
  return since;
}
