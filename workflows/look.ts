import { setCurrentDetails, upsertMemo, workflowInfo } from '@temporalio/workflow';
import type { Loaded } from '../activities/planning.ts';
import { type LookedOnly, lookOnlyMemo, lookOnlyQueueSuffix } from '../src/model/look.ts';
import { taskQueue } from '../src/model/run.ts';
import { RunFailed } from './failed.ts';
import { lookDetails } from './look-details.ts';
import { looks } from './proxies.ts';
import type { Run } from './run.ts';

/** Whether a run only looks: its input says so, or it was started on a queue where nothing else is done. */
export function onlyLooks({ request }: Loaded): boolean {
  return request.planOnly === true || workflowInfo().taskQueue.endsWith(lookOnlyQueueSuffix);
}

/**
 * Looks at what the plan would do now, and does nothing: no Backup is pinned, no lock taken, no ledger made. It sets no
 * search attribute either: the UI's form copies those of the run that it is filled in from.
 */
export async function look(run: Run, loaded: Loaded, mode?: 'drill'): Promise<LookedOnly> {
  const { plan, planSha256, request, resumed } = loaded;
  if (mode === 'drill')
    throw new RunFailed({
      reason: 'RequestInvalid',
      type: 'RequestInvalid',
      message: `runs on task queue ${workflowInfo().taskQueue} only look, so no drill is done there: start it on task queue ${taskQueue}`,
    });
  if (resumed)
    throw new RunFailed({
      reason: 'RequestInvalid',
      type: 'RequestInvalid',
      message: 'this run may only look at a plan, and "resume" goes on with a recovery: leave one of the two out',
    });
  upsertMemo({ plan: plan.name, site: plan.site, [lookOnlyMemo.lookOnly]: true });
  const seen = run.take(await looks.lookAtPlan({ plan, planSha256, request }));
  const looked: LookedOnly = { lookedOnly: true, message: messageOf(plan.name, request.planOnly === true), ...seen };
  setCurrentDetails(lookDetails(looked));
  return looked;
}

function messageOf(plan: string, asked: boolean): string {
  const why = asked ? 'as "planOnly": true asks' : `as every run on task queue ${workflowInfo().taskQueue} does`;
  const how = asked ? 'without "planOnly"' : `on task queue ${taskQueue} with the input {"plan": "${plan}"}`;
  return `this run only looked, ${why}: nothing was restored and no lock was taken; to restore, start recoverSite ${how}`;
}
