import { Command } from 'commander';
import { updateNames } from '../model/run.ts';
import type { AbortInput } from '../model/request.ts';
import { decide } from './decide.ts';
import { decisionCodeHelp } from './exit-codes.ts';
import { addDecisionOptions, runNamed, runOption } from './options.ts';

interface Options {
  readonly run?: string;
  readonly undo?: boolean;
  readonly by?: string;
  readonly reason: string;
  readonly output: string;
}

const example = `
Example:
  $ rekindle abort bookstore-4fx2q7ab --reason "wrong backup"`;

/** `rekindle abort [RUN | --run RUN] --reason R`. */
export function abortCommand(): Command {
  const command = new Command('abort')
    .description(
      'Ends a recovery and stops what its engines still do. What was restored stays; `rekindle resume` goes on.',
    )
    .argument('[run]', 'the same as --run')
    .addOption(runOption())
    .option('--undo', 'also remove the Jobs of manifests steps that are not done: they are suspended otherwise');
  return addDecisionOptions(command)
    .addHelpText('after', example + decisionCodeHelp)
    .action(async (run: string | undefined, options: Options) => {
      const input = (user: string): AbortInput => ({
        by: options.by ?? user,
        reason: options.reason,
        ...(options.undo ? { undo: true } : {}),
      });
      process.exitCode = await decide({
        run: runNamed(run, options.run),
        update: updateNames.abort,
        input,
        taken: 'the run is ending',
        output: options.output,
      });
    });
}
