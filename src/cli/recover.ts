import { Command, Option } from 'commander';
import { loadConfig, type Config } from '../config.ts';
import { runLink, type Temporal } from '../temporal.ts';
import type { RecoverRequest } from '../model/request.ts';
import type { RunView } from '../model/run.ts';
import { holdCommands, holdText } from '../report/view.ts';
import { exitCodeHelp, exitCodes } from './exit-codes.ts';
import { CliError } from './cli-error.ts';
import { bringEmbedded } from './embedded.ts';
import { follow } from './follow.ts';
import { checkLocally } from './local-plan.ts';
import { filled, outputOption } from './options.ts';
import type { Output } from './output.ts';
import { printEnd } from './print-end.ts';
import { recoverRequest, type RecoverOptions } from './request.ts';
import { interruptible, withTemporal, type Session } from './session.ts';
import { openRunOf, requireWorker, startRun } from './start-run.ts';

interface Options extends RecoverOptions {
  readonly workflowId?: string;
  readonly embedded?: boolean;
  readonly detach?: boolean;
  readonly output: 'text' | 'json';
}

const examples = `
Examples:
  $ rekindle recover bookstore --reason "dr-east is lost"
  $ rekindle recover bookstore --disaster-at 2026-11-21T04:30:00Z --backup nightly-20261120
  $ rekindle recover bookstore --on-failure abort -o json > report.json     unattended
  $ rekindle recover --resume bookstore-4fx2q7ab                            go on after Temporal itself was lost
  $ rekindle recover bookstore --embedded                                   a trial: brings Temporal and a worker

In a terminal it follows to the end and shows what you may decide. In a pipe it leaves with exit code 5 when the run
becomes held; the run itself goes on, and \`rekindle status\` shows what it waits for.`;

/** `rekindle recover PLAN`. */
export function recoverCommand(): Command {
  return new Command('recover')
    .description('Restores a site by its plan, tier by tier, and follows the run.')
    .argument('[plan]', "name of a plan in the worker's plans folder, without .yaml")
    .option('--backup <name>', "restore from this Backup instead of the plan's")
    .addOption(
      new Option('--on-failure <what>', 'hold: wait for a decision (default); abort: end the run').choices([
        'hold',
        'abort',
      ]),
    )
    .option('--reason <text>', 'why; it goes into the report')
    .option('--disaster-at <time>', 'when the site was lost (ISO 8601): RTO and RPO count from it; default: now')
    .option('--resume <recovery>', 'go on with an earlier recovery, by the ledger in its cluster')
    .option('--take-over', "take over the site's lock though its holder cannot be asked about")
    .option('--into-live-site <cluster>', "the cluster's name once more: restore though workloads are there")
    .option('--accept-backup <name>', 'go on with this expired or partially failed Backup')
    .option('--workflow-id <id>', 'id of the workflow; default: made from the plan', filled('--workflow-id'))
    .option('--embedded', 'bring a Temporal server and a worker of its own, for a trial')
    .option('--detach', 'start it and return at once')
    .addOption(outputOption())
    .addHelpText('after', examples + '\n' + exitCodeHelp)
    .action(async (plan: string | undefined, options: Options) => {
      process.exitCode = await recover(plan, options, loadConfig());
    });
}

async function recover(plan: string | undefined, options: Options, config: Config): Promise<number> {
  const request = recoverRequest(plan, options);
  if (options.embedded && options.detach)
    throw new CliError('--embedded and --detach exclude one another: what --embedded brings ends with the command');
  if (plan !== undefined) await checkLocally(plan, config.plansFolder);
  const stopper = interruptible();
  const embedded = options.embedded
    ? await bringEmbedded(config, (line) => process.stderr.write(`${line}\n`))
    : undefined;
  try {
    return await withTemporal((session) => conduct(session, request, options, stopper.signal), config);
  } finally {
    stopper.release();
    await embedded?.stop();
  }
}

async function conduct(
  { temporal, output }: Session,
  request: RecoverRequest,
  options: Options,
  signal: AbortSignal,
): Promise<number> {
  if (!options.embedded) await requireWorker(temporal);
  const open = options.embedded ? await openRunOf(temporal, request) : undefined;
  const { handle, runId } = open ?? (await startNew(temporal, request, options.workflowId));
  const link = runLink(temporal.uiUrl, temporal.namespace, handle.workflowId, runId);
  output.note(`${open === undefined ? '' : 'goes on with '}workflow ${handle.workflowId}  ${link ?? ''}`.trimEnd());
  if (options.detach) return printStarted(output, options.output, { workflowId: handle.workflowId, runId, link });
  const leaveWhenHeld = !output.watched;
  const followed = await follow({ client: temporal.client, handle, output, leaveWhenHeld, signal });
  if (followed.kind === 'ended') return printEnd(followed.end, output, options.output);
  if (followed.kind === 'held') printHeld(followed.view, output, options.output);
  output.note(
    options.embedded
      ? 'Temporal and the worker stop with this command; the same command goes on with the run'
      : `the run goes on: rekindle status ${handle.workflowId} --follow`,
  );
  return followed.kind === 'held' ? exitCodes.held : exitCodes.unavailable;
}

async function startNew(temporal: Temporal, request: RecoverRequest, workflowId: string | undefined) {
  const handle = await startRun(temporal, request, workflowId);
  return { handle, runId: handle.firstExecutionRunId };
}

interface Started {
  readonly workflowId: string;
  readonly runId: string;
  readonly link: string | undefined;
}

function printStarted(output: Output, form: 'text' | 'json', started: Started): number {
  output.result(form === 'json' ? JSON.stringify(started) : started.workflowId);
  return exitCodes.recovered;
}

/** The run is held and nobody is here to decide. */
function printHeld(view: RunView, output: Output, form: 'text' | 'json'): void {
  if (form === 'json') output.result(JSON.stringify(view, undefined, 2));
  for (const hold of view.holds) {
    output.note(`held: ${holdText(hold)}`);
    for (const command of holdCommands(hold, view.recovery ?? '')) output.note(`  ${command}`);
  }
}
