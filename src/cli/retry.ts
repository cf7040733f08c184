import { Command, Option } from 'commander';
import { updateNames } from '../model/run.ts';
import type { RetryStepInput } from '../model/request.ts';
import { decide } from './decide.ts';
import { decisionCodeHelp } from './exit-codes.ts';
import { addDecisionOptions, confirmOption, runOption } from './options.ts';

interface Options {
  readonly run?: string;
  readonly mode?: 'again' | 'wait' | 'set-aside';
  readonly confirm?: string;
  readonly timeout?: string;
  readonly acceptBackup?: string;
  readonly by?: string;
  readonly reason: string;
  readonly output: string;
}

const examples = `
Examples:
  $ rekindle retry orders-db --mode wait --reason "the image is there now"      judge the same restore again
  $ rekindle retry orders-db --mode again --reason "Velero had been down"       restore once more, as generation 2
  $ rekindle retry volumes --mode set-aside --confirm volumes --reason "the empty claims of the trial"
  $ rekindle retry files --timeout 2h --mode wait --reason "the copy is slow"
  $ rekindle retry preflight --accept-backup nightly-20261120 --reason "it is all we have"`;

/** `rekindle retry STEP [--run RUN] --reason R`. */
export function retryCommand(): Command {
  const command = new Command('retry')
    .description('Tries a held step again, or planning and preflight.')
    .argument('<step>', 'name of the held step, or preflight')
    .addOption(runOption())
    .addOption(
      new Option(
        '--mode <mode>',
        'again: restore with a new generation; wait: judge the same restore again; set-aside: take claims out of the way that were there before, keeping their volumes, then again',
      ).choices(['again', 'wait', 'set-aside']),
    )
    .addOption(confirmOption('needed with --mode set-aside, which removes what owns the claims'))
    .option('--timeout <duration>', 'a longer budget for the step from now on, as 40m')
    .option('--accept-backup <name>', 'only for preflight: go on with this expired or partially failed Backup');
  return addDecisionOptions(command)
    .addHelpText('after', examples + decisionCodeHelp)
    .action(async (step: string, options: Options) => {
      const input = (user: string): RetryStepInput => ({
        step,
        by: options.by ?? user,
        reason: options.reason,
        ...(options.mode === undefined ? {} : { mode: options.mode === 'set-aside' ? 'setAside' : options.mode }),
        ...(options.confirm === undefined ? {} : { confirm: options.confirm }),
        ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
        ...(options.acceptBackup === undefined ? {} : { acceptBackup: options.acceptBackup }),
      });
      process.exitCode = await decide({
        run: options.run,
        update: updateNames.retryStep,
        input,
        taken: `${step} is tried again`,
        output: options.output,
      });
    });
}
