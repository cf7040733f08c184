import { Command } from 'commander';
import { plainCodeHelp } from './exit-codes.ts';
import { deleteScheduleCommand, pauseScheduleCommand, resumeScheduleCommand } from './schedule/change.ts';
import { createScheduleCommand } from './schedule/create.ts';
import { listSchedulesCommand } from './schedule/list.ts';
import { triggerScheduleCommand } from './schedule/trigger.ts';

const examples = `
Examples:
  $ rekindle schedule create bookstore --cron "0 3 * * 6"
  $ rekindle schedule list
  $ rekindle schedule trigger bookstore
  $ rekindle schedule pause bookstore --reason "the drill cluster is being rebuilt"`;

/** `rekindle schedule …`. */
export function scheduleCommand(): Command {
  const command = new Command('schedule')
    .description("Schedules in Temporal: a plan rehearsed by the clock, or by one click on the UI's Trigger.")
    .addHelpText('after', examples + plainCodeHelp);
  for (const verb of [
    createScheduleCommand(),
    listSchedulesCommand(),
    triggerScheduleCommand(),
    pauseScheduleCommand(),
    resumeScheduleCommand(),
    deleteScheduleCommand(),
  ])
    command.addCommand(verb.addHelpText('after', plainCodeHelp));
  return command;
}
