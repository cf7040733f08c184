import { Command } from 'commander';
import type { SkipStepInput } from '../model/request.ts';
import { updateNames } from '../model/run.ts';
import { decide } from './decide.ts';
import { decisionCodeHelp } from './exit-codes.ts';
import { addDecisionOptions, confirmOption, runOption } from './options.ts';

interface Options {
  readonly run?: string;
  readonly confirm?: string;
  readonly by?: string;
  readonly reason: string;
  readonly output: string;
}

const example = `
Example:
  $ rekindle skip mail-queue --confirm mail-queue --reason "drained before the loss"`;

/** `rekindle skip STEP [--run RUN] --reason R`. */
export function skipCommand(): Command {
  const command = new Command('skip')
    .description(
      'Goes on without a held step. The report lists it as an exception, and the run is never plain recovered.',
    )
    .argument('<step>', 'name of the held step')
    .addOption(runOption())
    .addOption(confirmOption('needed in the tiers storage, databases and queues, whose data would be missing'));
  return addDecisionOptions(command)
    .addHelpText('after', example + decisionCodeHelp)
    .action(async (step: string, options: Options) => {
      const input = (user: string): SkipStepInput => ({
        step,
        by: options.by ?? user,
        reason: options.reason,
        ...(options.confirm === undefined ? {} : { confirm: options.confirm }),
      });
      process.exitCode = await decide({
        run: options.run,
        update: updateNames.skipStep,
        input,
        taken: `the run goes on without ${step}`,
        output: options.output,
      });
    });
}
