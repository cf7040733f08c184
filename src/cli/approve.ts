import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { Command } from 'commander';
import { type RunView, updateNames, viewQueryName } from '../model/run.ts';
import type { ApproveInput } from '../model/request.ts';
import type { Temporal } from '../temporal.ts';
import { CliError } from './cli-error.ts';
import { decide } from './decide.ts';
import { decisionCodeHelp, exitCodes } from './exit-codes.ts';
import { addDecisionOptions, runNamed, runOption } from './options.ts';

interface Options {
  readonly run?: string;
  readonly by?: string;
  readonly reason: string;
  readonly output: string;
}

const example = `
Example:
  $ rekindle approve bookstore-4fx2q7ab --reason "orders checked by hand"`;

/** `rekindle approve [RUN | --run RUN] --reason R`. */
export function approveCommand(): Command {
  const command = new Command('approve')
    .description('Lets phase two begin, in a run that waits for approval. Look at what phase one brought back first.')
    .argument('[run]', 'the same as --run')
    .addOption(runOption());
  return addDecisionOptions(command)
    .addHelpText('after', example + decisionCodeHelp)
    .action(async (run: string | undefined, options: Options) => {
      const input = (user: string): ApproveInput => ({ by: options.by ?? user, reason: options.reason });
      process.exitCode = await decide({
        run: runNamed(run, options.run),
        update: updateNames.approve,
        input,
        taken: untilItCounts,
        output: options.output,
      });
    });
}

/** How long it may take to be known who called: the run asks Temporal alone, and is done in a moment. */
const knownWithinMs = 30_000;

/** Waits until the approval counts, which the run says only when it knows who called, or until it is voided. */
async function untilItCounts({ client }: Temporal, handle: WorkflowHandle, updateId: string): Promise<string> {
  const until = Date.now() + knownWithinMs;
  for (;;) {
    const view = await client.withDeadline(until, () => handle.query<RunView>(viewQueryName)).catch(() => undefined);
    const own = view?.approvals?.find(({ update }) => update === updateId);
    if (own?.voided !== undefined) throw new CliError(`approve was voided and does not count: ${own.voided}`);
    if (view && own && !own.pending) return lackingOf(view) > 0 ? 'noted: one more person must approve' : 'approved';
    if (Date.now() > until)
      throw new CliError(
        `the approval is noted, and after ${knownWithinMs / 1000} s it is still not known whether it counts: \`rekindle status ${handle.workflowId}\` shows it`,
        exitCodes.unavailable,
      );
    await sleep(300);
  }
}

/** How many people have still to approve. */
function lackingOf({ awaitingApprovalSince, approvals = [], approvalsNeeded = 1 }: RunView): number {
  if (awaitingApprovalSince === undefined) return 0;
  return approvalsNeeded - approvals.filter(({ voided, pending }) => voided === undefined && !pending).length;
}
