/** Options that several verbs share. */
import { hostname } from 'node:os';
import { type Command, Option } from 'commander';
import { CliError } from './cli-error.ts';

/** `-o text|json`, or other forms. */
export function outputOption(forms: readonly string[] = ['text', 'json']): Option {
  return new Option('-o, --output <form>', `how to print: ${forms.join(', ')}`).choices([...forms]).default(forms[0]);
}

/** For an option whose value must not be empty. */
export function filled(option: string): (value: string) => string {
  return (value) => {
    if (value.trim() === '') throw new CliError(`${option} is empty: give it a value or leave it out`);
    return value;
  };
}

/** `--run`: which run a decision is for. */
export function runOption(): Option {
  const option = new Option('--run <run>', 'recovery id or workflow id; may be left out when only one run is open');
  return option.argParser(filled('--run'));
}

/** The run of a verb that takes it as an argument and as `--run`. Throws a CliError where the two differ. */
export function runNamed(argument: string | undefined, option: string | undefined): string | undefined {
  if (argument !== undefined && option !== undefined && argument !== option)
    throw new CliError(`two runs are named, ${argument} and --run ${option}: a decision is for one`);
  return argument ?? option;
}

/** `--on-failure`: what a failed step does. */
export function onFailureOption(): Option {
  return new Option('--on-failure <what>', 'hold: wait for a decision (default); abort: end the run').choices([
    'hold',
    'abort',
  ]);
}

/** `--on-approval`: what happens where the plan asks for one. */
export function onApprovalOption(): Option {
  return new Option(
    '--on-approval <what>',
    'wait: for a person (default); approve: by itself; abort: end the run there',
  ).choices(['wait', 'approve', 'abort']);
}

/** `--confirm`: a step's name once more. */
export function confirmOption(when: string): Option {
  return new Option('--confirm <step>', `the step's name once more: ${when}`).argParser(filled('--confirm'));
}

/** `--by` and the required `--reason` of every decision. */
export function addDecisionOptions(command: Command): Command {
  return command
    .option('--by <who>', `who decides; a claim, shown as stated (default: $USER@${hostname()})`)
    .requiredOption('--reason <text>', 'why; it goes into the report')
    .addOption(outputOption());
}
