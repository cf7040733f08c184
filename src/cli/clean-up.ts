import { Command } from 'commander';
import { updateNames } from '../model/run.ts';
import type { CleanUpInput } from '../model/request.ts';
import { decide } from './decide.ts';
import { decisionCodeHelp } from './exit-codes.ts';
import { addDecisionOptions, runNamed, runOption } from './options.ts';

interface Options {
  readonly run?: string;
  readonly by?: string;
  readonly reason: string;
  readonly output: string;
}

const example = `
Example:
  $ rekindle clean-up bookstore-4fx2q7ab --reason "everybody has looked"`;

/** `rekindle clean-up [RUN | --run RUN] --reason R`. */
export function cleanUpCommand(): Command {
  const command = new Command('clean-up')
    .description('Ends the time in which a drill stands for people to look at: what it made is removed now.')
    .argument('[run]', 'the same as --run')
    .addOption(runOption());
  return addDecisionOptions(command)
    .addHelpText('after', example + decisionCodeHelp)
    .action(async (run: string | undefined, options: Options) => {
      const input = (user: string): CleanUpInput => ({ by: options.by ?? user, reason: options.reason });
      process.exitCode = await decide({
        run: runNamed(run, options.run),
        update: updateNames.cleanUp,
        input,
        taken: 'the drill is being cleaned up',
        output: options.output,
      });
    });
}
