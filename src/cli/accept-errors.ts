import { Command } from 'commander';
import type { AcceptErrorsInput } from '../model/request.ts';
import { updateNames } from '../model/run.ts';
import { decide } from './decide.ts';
import { decisionCodeHelp } from './exit-codes.ts';
import { addDecisionOptions, runOption } from './options.ts';

interface Options {
  readonly run?: string;
  readonly by?: string;
  readonly reason: string;
  readonly output: string;
}

const example = `
Example:
  $ rekindle accept-errors files --reason "the old exports are not needed"`;

/** `rekindle accept-errors STEP [--run RUN] --reason R`. */
export function acceptErrorsCommand(): Command {
  const command = new Command('accept-errors')
    .description(
      'Goes on with a step held as PartiallyFailed, without what could not be restored. The report lists it as an exception.',
    )
    .argument('<step>', 'name of the held step')
    .addOption(runOption());
  return addDecisionOptions(command)
    .addHelpText('after', example + decisionCodeHelp)
    .action(async (step: string, options: Options) => {
      const input = (user: string): AcceptErrorsInput => ({ step, by: options.by ?? user, reason: options.reason });
      process.exitCode = await decide({
        run: options.run,
        update: updateNames.acceptErrors,
        input,
        taken: `${step} goes on without what could not be restored`,
        output: options.output,
      });
    });
}
