import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import type { LookedOnly } from '../src/model/look.ts';
import type { Report } from '../src/model/report.ts';
import { account, carriedOf, conduct, type Ended, restoreTiers } from './conduct.ts';
import { finish } from './finish.ts';
import { plan } from './planning.ts';
import { quiesceSite } from './quiesce.ts';
import { Run } from './run.ts';

/**
 * Restores a site: planning, preflight, eight tiers in two phases, each proven healthy before the next, then the whole
 * site verified. One input: one JSON object, `RecoverRequest`. Result: the report. A run that did not recover closes as
 * Failed with its outcome as type and the report as first detail. With `planOnly` it looks, restores nothing, and says so.
 */
export async function recoverSite(input?: unknown): Promise<Report | LookedOnly> {
  const run = new Run(carriedOf(input));
  run.show();
  const ended = await conduct(run, () => recover(run, input));
  if (ended.looked) {
    await condition(allHandlersFinished);
    return ended.looked;
  }
  return CancellationScope.nonCancellable(() => finish(run, ended));
}

async function recover(run: Run, input: unknown): Promise<Ended> {
  const looked = run.record ? undefined : await plan(run, input);
  // The outcome is nobody's: there is no report.
  if (looked) return { outcome: 'inconclusive', looked };
  await quiesceSite(run);
  await restoreTiers(run);
  return account(run);
}
