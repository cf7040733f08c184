import type { FindingReport } from '../src/model/report.ts';
import { calls } from './proxies.ts';
import type { Run } from './run.ts';

/** A drill ends here where its site is being recovered: that goes first. */
export async function giveWay(run: Run): Promise<void> {
  run.take(await calls.refuseWhileRecovering({ site: run.known.plan.site }));
}

/** What a recovery says of the drills that it ended. */
export function endedDrills(workflowIds: readonly string[]): FindingReport[] {
  return workflowIds.map((workflowId) => ({
    severity: 'info',
    reason: 'DrillEnded',
    message: `drill ${workflowId} of this site was asked to end and clean up: a recovery goes first`,
  }));
}
