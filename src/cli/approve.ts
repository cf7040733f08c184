import { Command } from 'commander';
import { updateNames } from '../model/run.ts';
import type { ApproveInput } from '../model/request.ts';
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
        taken: 'approved',
        output: options.output,
      });
    });
}
