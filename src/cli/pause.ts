import { Command } from 'commander';
import type { PauseInput } from '../model/request.ts';
import { updateNames } from '../model/run.ts';
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
  $ rekindle pause bookstore-4fx2q7ab --reason "the storage team looks first"`;

/** `rekindle pause [RUN | --run RUN] --reason R`. */
export function pauseCommand(): Command {
  const command = new Command('pause')
    .description('Begins no new step and no new tier; what is under way comes to its end. `rekindle resume` goes on.')
    .argument('[run]', 'the same as --run')
    .addOption(runOption());
  return addDecisionOptions(command)
    .addHelpText('after', example + decisionCodeHelp)
    .action(async (run: string | undefined, options: Options) => {
      const input = (user: string): PauseInput => ({ by: options.by ?? user, reason: options.reason });
      process.exitCode = await decide({
        run: runNamed(run, options.run),
        update: updateNames.pause,
        input,
        taken: 'paused',
        output: options.output,
      });
    });
}
