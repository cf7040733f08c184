import { CancellationScope } from '@temporalio/workflow';
import type { Report } from '../src/model/report.ts';
import { account, carriedOf, conduct, type Ended, restoreTiers } from './conduct.ts';
import { finish } from './finish.ts';
import { plan } from './planning.ts';
import { quiesceSite } from './quiesce.ts';
import { Run } from './run.ts';

/**
 * Restores a site: planning, preflight, eight tiers in two phases, each proven healthy before the next, then the whole
 * site verified. One input: one JSON object, `RecoverRequest`. Result: the report. A run that did not recover closes as
 * Failed with its outcome as type and the report as first detail.
 */
export async function recoverSite(input?: unknown): Promise<Report> {
  const run = new Run(carriedOf(input));
  run.show();
  const ended = await conduct(run, () => recover(run, input));
  return CancellationScope.nonCancellable(() => finish(run, ended));
}

async function recover(run: Run, input: unknown): Promise<Ended> {
  if (!run.record) await plan(run, input);
  await quiesceSite(run);
  await restoreTiers(run);
  return account(run);
}
