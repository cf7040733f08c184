import { CancellationScope } from '@temporalio/workflow';
import type { CleanedUp } from '../src/model/cleaned-up.ts';
import type { Report } from '../src/model/report.ts';
import { cleanUp, listenForCleanUp, stand } from './clean-up.ts';
import { account, carriedOf, conduct, type Ended, restoreTiers } from './conduct.ts';
import { finish } from './finish.ts';
import { onlyCleansUp, removeLeft } from './left-drill.ts';
import { plan } from './planning.ts';
import { giveWay } from './precedence.ts';
import { calls } from './proxies.ts';
import { quiesceSite } from './quiesce.ts';
import { Run } from './run.ts';

/**
 * Rehearses a recovery on another cluster: the same plan, drivers and gates, into the cluster that the plan's `drill.cluster`
 * names; then everything that it made there is removed, and the report shows that it is gone. One input: one JSON object,
 * `DrillRequest`. Result: the report. A drill that did not recover closes as Failed, cleaned up too. With a `CleanUpRequest`
 * it rehearses nothing, and removes what an earlier drill has left.
 */
export async function drillSite(input?: unknown): Promise<Report | CleanedUp> {
  const run = new Run(carriedOf(input));
  const standing = listenForCleanUp(run);
  run.show();
  const ended = await conduct(run, () => rehearse(run, input));
  if (run.record && onlyCleansUp(run.record)) return CancellationScope.nonCancellable(() => removeLeft(run, ended));
  await stand(run, ended, standing);
  return CancellationScope.nonCancellable(async () => finish(run, await cleanUp(run, ended, standing)));
}

async function rehearse(run: Run, input: unknown): Promise<Ended> {
  if (!run.record) await begin(run, input);
  // The clean-up follows, as after every drill; the outcome is nobody's.
  if (onlyCleansUp(run.known)) return { outcome: 'inconclusive' };
  await quiesceSite(run);
  await restoreTiers(run);
  return account(run);
}

async function begin(run: Run, input: unknown): Promise<void> {
  await plan(run, input, 'drill');
  if (onlyCleansUp(run.known)) return;
  // Once more, just before the first act: planning may have taken long.
  await giveWay(run);
  const { known } = run;
  if (known.run) known.dns = run.take(await calls.judgeDns({ run: known.run }));
}
