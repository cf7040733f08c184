import { ScheduleNotFoundError, type ScheduleHandle } from '@temporalio/client';
import { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { withTemporal } from '../session.ts';
import { findSchedule } from './find.ts';

/** `rekindle schedule pause SCHEDULE`. */
export function pauseScheduleCommand(): Command {
  return withReason(
    onSchedule('pause', 'Stops a Schedule from starting by the clock; Trigger works all the same.'),
  ).action((wanted: string, { reason }: Reason) =>
    change(wanted, 'paused', (handle, user) => handle.pause(`${reason ?? 'paused'} (${user})`)),
  );
}

/** `rekindle schedule resume SCHEDULE`. */
export function resumeScheduleCommand(): Command {
  return withReason(onSchedule('resume', 'Lets a paused Schedule start by the clock again.')).action(
    (wanted: string, { reason }: Reason) =>
      change(wanted, 'resumed', (handle, user) => handle.unpause(`${reason ?? 'resumed'} (${user})`)),
  );
}

/** `rekindle schedule delete SCHEDULE`. */
export function deleteScheduleCommand(): Command {
  return onSchedule('delete', 'Takes a Schedule away. Runs that it started go on.').action((wanted: string) =>
    change(wanted, 'deleted', (handle) => handle.delete()),
  );
}

interface Reason {
  readonly reason?: string;
}

function withReason(command: Command): Command {
  return command.option('--reason <text>', 'why; the UI shows it as the note');
}

/** A verb on one Schedule. */
export function onSchedule(verb: string, description: string): Command {
  return new Command(verb)
    .description(description)
    .argument('<schedule>', 'its id, or the plan if it has one Schedule');
}

async function change(
  wanted: string,
  done: string,
  act: (handle: ScheduleHandle, user: string) => Promise<void>,
): Promise<void> {
  process.exitCode = await withTemporal(async ({ temporal, output, config }) => {
    const handle = await findSchedule(temporal.client, wanted);
    try {
      await act(handle, config.user);
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) throw new CliError(`Schedule ${handle.scheduleId} is gone already`);
      throw error;
    }
    output.result(`${handle.scheduleId} ${done}`);
    return exitCodes.recovered;
  });
}
