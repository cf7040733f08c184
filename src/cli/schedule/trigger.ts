import { setTimeout as sleep } from 'node:timers/promises';
import type { ScheduleHandle } from '@temporalio/client';
import type { Command } from 'commander';
import { runLink } from '../../temporal.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { outputOption } from '../options.ts';
import { withTemporal } from '../session.ts';
import { requireWorker } from '../start-run.ts';
import { onSchedule } from './change.ts';
import { findSchedule, runOf } from './find.ts';

/** How long the server may take to start what was triggered. */
const startedWithinMs = 15_000;

/** `rekindle schedule trigger SCHEDULE`. */
export function triggerScheduleCommand(): Command {
  return onSchedule('trigger', 'Starts what a Schedule starts, now; also while it is paused.')
    .addOption(outputOption())
    .action(async (wanted: string, { output: form }: { readonly output: 'text' | 'json' }) => {
      process.exitCode = await withTemporal(async ({ temporal, output }) => {
        const handle = await findSchedule(temporal.client, wanted);
        await requireWorker(temporal);
        const started = await trigger(handle);
        const link = runLink(temporal.uiUrl, temporal.namespace, started.workflowId, started.runId);
        output.result(form === 'json' ? JSON.stringify({ ...started, link }) : started.workflowId);
        if (link !== undefined) output.note(link);
        return exitCodes.recovered;
      });
    });
}

async function trigger(handle: ScheduleHandle) {
  const before = (await handle.describe()).info;
  const [open] = before.runningActions;
  if (open !== undefined)
    throw new CliError(
      `${handle.scheduleId} has a run that is still open, ${open.workflow.workflowId}: a second one is not started beside it`,
    );
  // Without a word the SDK lets any number run side by side, whatever the Schedule itself says.
  await handle.trigger('SKIP');
  const until = Date.now() + startedWithinMs;
  while (Date.now() < until) {
    const { info } = await handle.describe();
    const newest = info.recentActions.at(-1);
    if (info.numActionsTaken > before.numActionsTaken && newest !== undefined) return runOf(newest);
    if (info.numActionsSkippedOverlap > before.numActionsSkippedOverlap)
      throw new CliError(`${handle.scheduleId} was triggered a moment ago by somebody else: nothing more was started`);
    await sleep(200);
  }
  throw new CliError(
    `Temporal has not started the run of ${handle.scheduleId} within ${startedWithinMs / 1000} s: \`rekindle schedule list\` shows its last run`,
    exitCodes.unavailable,
  );
}
