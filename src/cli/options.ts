/** Options that several verbs share. */
import { hostname } from 'node:os';
import { type Command, Option } from 'commander';

/** `-o text|json`, or other forms. */
export function outputOption(forms: readonly string[] = ['text', 'json']): Option {
  return new Option('-o, --output <form>', `how to print: ${forms.join(', ')}`).choices([...forms]).default(forms[0]);
}

/** `--by` and the required `--reason` of every decision. */
export function addDecisionOptions(command: Command): Command {
  return command
    .option('--by <who>', `who decides; a claim, shown as stated (default: $USER@${hostname()})`)
    .requiredOption('--reason <text>', 'why; it goes into the report')
    .addOption(outputOption());
}
