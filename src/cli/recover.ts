import { Command } from 'commander';
import { loadConfig, type Config } from '../config.ts';
import { exitCodeHelp } from './exit-codes.ts';
import { type CarryOutOptions, carryOut } from './carry-out.ts';
import { CliError } from './cli-error.ts';
import { bringEmbedded } from './embedded.ts';
import { checkLocally } from './local-plan.ts';
import { filled, onApprovalOption, onFailureOption, outputOption } from './options.ts';
import { recoverRequest, type RecoverOptions } from './request.ts';
import { interruptible, withTemporal } from './session.ts';

interface Options extends RecoverOptions, CarryOutOptions {}

const examples = `
Examples:
  $ rekindle recover bookstore --reason "dr-east is lost"
  $ rekindle recover bookstore --disaster-at 2026-11-21T04:30:00Z --backup nightly-20261120
  $ rekindle recover bookstore --on-failure abort --on-approval approve -o json > report.json     unattended
  $ rekindle recover bookstore --embedded                                   a trial: brings Temporal and a worker

In a terminal it follows to the end and shows what you may decide. In a pipe it leaves with exit code 5 when the run
becomes held; the run itself goes on, and \`rekindle status\` shows what it waits for.`;

/** `rekindle recover PLAN`. */
export function recoverCommand(): Command {
  return new Command('recover')
    .description('Restores a site by its plan, tier by tier, and follows the run.')
    .argument('[plan]', "name of a plan in the worker's plans folder, without .yaml")
    .option('--backup <name>', "restore from this Backup instead of the plan's")
    .addOption(onFailureOption())
    .addOption(onApprovalOption())
    .option('--reason <text>', 'why; it goes into the report')
    .option('--disaster-at <time>', 'when the site was lost (ISO 8601): RTO and RPO count from it; default: now')
    .option('--resume <recovery>', 'the same as `rekindle resume RECOVERY` for a recovery that no run is open of')
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
    return await withTemporal((session) => carryOut(session, request, options, stopper.signal), config);
  } finally {
    stopper.release();
    await embedded?.stop();
  }
}
