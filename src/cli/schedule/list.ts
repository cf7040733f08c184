import { Command } from 'commander';
import { columns } from '../../report/columns.ts';
import { exitCodes } from '../exit-codes.ts';
import { outputOption } from '../options.ts';
import { withTemporal } from '../session.ts';
import { type ScheduleEntry, schedules } from './find.ts';

/** `rekindle schedule list`. */
export function listSchedulesCommand(): Command {
  return new Command('list')
    .description('Lists the Schedules that start a recovery, a drill or a look.')
    .addOption(outputOption())
    .action(async ({ output: form }: { readonly output: 'text' | 'json' }) => {
      process.exitCode = await withTemporal(async ({ temporal, output }) => {
        const found = await schedules(temporal.client);
        output.result(form === 'json' ? JSON.stringify(found, undefined, 2) : tableOf(found));
        return exitCodes.recovered;
      });
    });
}

function tableOf(found: readonly ScheduleEntry[]): string {
  if (found.length === 0) return 'there is no Schedule: make one with `rekindle schedule create PLAN`';
  const rows = found.map((one) => [
    one.scheduleId,
    one.plan ?? '–',
    one.what,
    one.when ?? '–',
    one.paused ? 'paused' : (one.next ?? 'by hand only'),
    one.lastRun?.workflowId ?? '–',
  ]);
  return columns([['SCHEDULE', 'PLAN', 'STARTS', 'WHEN', 'NEXT', 'LAST RUN'], ...rows]).join('\n');
}
