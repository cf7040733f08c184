import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { abortCommand } from '../../../src/cli/abort.ts';
import { acceptErrorsCommand } from '../../../src/cli/accept-errors.ts';
import { approveCommand } from '../../../src/cli/approve.ts';
import { cleanUpCommand } from '../../../src/cli/clean-up.ts';
import { pauseCommand } from '../../../src/cli/pause.ts';
import { putBackCommand } from '../../../src/cli/put-back.ts';
import { resumeCommand } from '../../../src/cli/resume.ts';
import { retryCommand } from '../../../src/cli/retry.ts';
import { runbooksCommand } from '../../../src/cli/runbooks.ts';
import { scheduleCommand } from '../../../src/cli/schedule.ts';
import { skipCommand } from '../../../src/cli/skip.ts';

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (words) => (text += words) }).outputHelp();
  return text;
}

const decisions = [approveCommand, retryCommand, skipCommand, acceptErrorsCommand, pauseCommand, abortCommand];
const schedule = scheduleCommand();
const commands: readonly (readonly [string, Command])[] = [
  ...[...decisions, cleanUpCommand, resumeCommand, putBackCommand, runbooksCommand].map((make): [string, Command] => {
    const command = make();
    return [command.name(), command];
  }),
  ['schedule', schedule],
  ...schedule.commands.map((verb): [string, Command] => [`schedule ${verb.name()}`, verb]),
];

describe('the help of a verb', () => {
  it.each(commands)('of %s ends with what its exit codes mean', (_name, command) => {
    const [before = '', codes = ''] = helpOf(command).split('\nExit codes:\n');

    expect(before).toContain('Usage: ');
    for (const code of [0, 1, 2]) expect(codes).toMatch(new RegExp(`(^|\\s)${code} [a-z]`, 'm'));
  });
});
