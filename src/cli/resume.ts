import { Command } from 'commander';
import type { PauseInput, RecoverRequest } from '../model/request.ts';
import { updateNames } from '../model/run.ts';
import { runLink } from '../temporal.ts';
import { type CarryOutOptions, carryOut, followRun } from './carry-out.ts';
import { CliError } from './cli-error.ts';
import { sendDecision } from './decide.ts';
import { exitCodeHelp, exitCodes } from './exit-codes.ts';
import { addDecisionOptions, filled, onApprovalOption, onFailureOption } from './options.ts';
import { recoverRequest, type RecoverOptions } from './request.ts';
import { lookAt } from './run-state.ts';
import { type RunEntry, runsOf } from './runs.ts';
import { interruptible, type Session, withTemporal } from './session.ts';

interface Options extends Omit<RecoverOptions, 'resume' | 'backup' | 'disasterAt' | 'reason'>, CarryOutOptions {
  readonly by?: string;
  readonly reason: string;
}

const examples = `
Examples:
  $ rekindle resume bookstore-4fx2q7ab --reason "storage looked at"       a paused run goes on
  $ rekindle resume bookstore-4fx2q7ab --reason "Temporal was lost"       a new run goes on by the ledger in the cluster

What has evidence is not restored again; every gate is judged anew. The report joins all runs of the recovery.`;

/** `rekindle resume RECOVERY --reason R`. */
export function resumeCommand(): Command {
  const command = new Command('resume')
    .description('Goes on with a recovery: a paused run is told so; one that has ended or was lost is started again.')
    .argument('<recovery>', "recovery id: it stands in the report and in the ledger's name")
    .addOption(onFailureOption())
    .addOption(onApprovalOption())
    .option('--take-over', "take over the site's lock though its holder cannot be asked about")
    .option('--into-live-site <cluster>', "the cluster's name once more: restore though workloads are there")
    .option('--accept-backup <name>', 'go on with this expired or partially failed Backup')
    .option('--workflow-id <id>', 'id of a new run; default: made from the recovery', filled('--workflow-id'))
    .option('--detach', 'return at once');
  return addDecisionOptions(command)
    .addHelpText('after', `${examples}\n${exitCodeHelp}`)
    .action(async (recovery: string, options: Options) => {
      const request = recoverRequest(undefined, { ...options, resume: recovery });
      const stopper = interruptible();
      try {
        process.exitCode = await withTemporal((session) => resume(session, request, options, stopper.signal));
      } finally {
        stopper.release();
      }
    });
}

async function resume(
  session: Session,
  request: RecoverRequest,
  options: Options,
  signal: AbortSignal,
): Promise<number> {
  const runs = await runsOf(session.temporal.client, request.resume ?? '');
  const open = runs.find(({ status }) => status === 'RUNNING' || status === 'PAUSED');
  return open ? letGoOn(session, open, options, signal) : carryOut(session, request, options, signal);
}

/** An open run goes on only from a pause: what it waits for otherwise is for another decision. */
async function letGoOn(session: Session, open: RunEntry, options: Options, signal: AbortSignal): Promise<number> {
  const { temporal, output, config } = session;
  const { workflowId, runId, recovery = '' } = open;
  const handle = temporal.client.workflow.getHandle(workflowId);
  const link = runLink(temporal.uiUrl, temporal.namespace, workflowId, runId);
  const { view, silent } = await lookAt(temporal.client, handle);
  if (view === undefined)
    throw new CliError(`the run of ${recovery} is open, and ${silent ?? 'does not answer'}`, exitCodes.unavailable);
  if (view.paused === undefined)
    throw new CliError(
      `recovery ${recovery} is open and not paused, it is ${view.state}: workflow ${workflowId}${link === undefined ? '' : `, ${link}`}; \`rekindle status ${recovery}\` shows what it waits for`,
    );
  const input: PauseInput = { by: options.by ?? config.user, reason: options.reason };
  await sendDecision(temporal, handle, updateNames.resume, input);
  output.note(`goes on: workflow ${workflowId}  ${link ?? ''}`.trimEnd());
  if (!options.detach) return followRun(session, handle, options, signal);
  output.result(options.output === 'json' ? JSON.stringify({ workflowId, runId, link }) : workflowId);
  return exitCodes.recovered;
}
