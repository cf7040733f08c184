import { type Client, ScheduleAlreadyRunning } from '@temporalio/client';
import { Command, Option } from 'commander';
import { loadConfig } from '../../config.ts';
import { scheduleLink } from '../../temporal-links.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { checkLocally, requireDrillCluster } from '../local-plan.ts';
import { filled, outputOption } from '../options.ts';
import { withTemporal } from '../session.ts';
import { type CreateOptions, scheduledKinds, scheduleOf } from './request.ts';

interface Options extends CreateOptions {
  readonly output: 'text' | 'json';
}

const help = `
A drill rehearses the plan on the cluster that its section drill names; a look says what the plan would do and restores
nothing; a recovery is only ever a button. Without --every and --cron it waits for the Trigger, in the UI or by
rekindle schedule trigger. A run that is still open is not joined by a second one: the time is skipped.

Examples:
  $ rekindle schedule create bookstore --cron "0 3 * * 6" --timezone Europe/Berlin
  $ rekindle schedule create bookstore --every 7d --jitter 30m --catch-up 6h
  $ rekindle schedule create bookstore --paused                a button for a drill
  $ rekindle schedule create bookstore --what look --every 1d
  $ rekindle schedule create bookstore --what recovery         a button for the night it happens`;

/** `rekindle schedule create PLAN`. */
export function createScheduleCommand(): Command {
  return new Command('create')
    .description('Makes a Schedule in Temporal that rehearses a plan.')
    .argument('<plan>', "name of a plan in the worker's plans folder, without .yaml")
    .addOption(new Option('--what <what>', 'what it starts').choices([...scheduledKinds]).default('drill'))
    .option('--every <duration>', 'how often: 12h, 7d')
    .option('--cron <times>', 'when: minute hour day month weekday', filled('--cron'))
    .option('--timezone <zone>', 'of --cron; default: UTC', filled('--timezone'))
    .option('--jitter <duration>', 'each start is put off by up to this, at random', '5m')
    .option('--catch-up <duration>', 'a time that was missed (Temporal was down) is made up for within this', '1h')
    .option('--paused', 'do not start by the clock until it is resumed; Trigger works all the same')
    .option('--note <text>', 'what the UI shows beside it', filled('--note'))
    .option('--id <id>', 'its id; default: made from what it starts and the plan', filled('--id'))
    .addOption(outputOption())
    .addHelpText('after', help)
    .action(async (plan: string, options: Options) => {
      process.exitCode = await create(plan, options);
    });
}

async function create(plan: string, options: Options): Promise<number> {
  const config = loadConfig();
  const schedule = scheduleOf(plan, options);
  const local = await checkLocally(plan, config.plansFolder);
  if (options.what === 'drill') requireDrillCluster(local, ', or schedule a look (--what look)');
  return withTemporal(async ({ temporal, output }) => {
    await make(temporal.client, schedule);
    const { scheduleId } = schedule;
    const { uiUrl, namespace } = temporal;
    const link = uiUrl === undefined ? undefined : scheduleLink({ uiUrl, namespace }, scheduleId);
    if (options.output === 'json') output.result(JSON.stringify({ scheduleId, link }));
    else output.result(`${scheduleId}  ${schedule.state.note}${options.paused ? ', paused' : ''}`);
    if (link !== undefined) output.note(link);
    return exitCodes.recovered;
  }, config);
}

async function make(client: Client, schedule: ReturnType<typeof scheduleOf>): Promise<void> {
  try {
    await client.schedule.create(schedule);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    throw new CliError(
      `there is a Schedule ${schedule.scheduleId} already: delete it first (\`rekindle schedule delete ${schedule.scheduleId}\`), or give this one another name by --id`,
    );
  }
}
