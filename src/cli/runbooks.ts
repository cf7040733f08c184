/** `rekindle runbooks`: for each plan, where to click. */
import { Command } from 'commander';
import { loadConfig, uiAddress } from '../config.ts';
import { newestTemplates, planNames } from '../templates.ts';
import type { Temporal } from '../temporal.ts';
import { runListLink, runQueries, scheduleLink, startFormLink, type UiPlace } from '../temporal-links.ts';
import { CliError } from './cli-error.ts';
import { exitCodes, plainCodeHelp } from './exit-codes.ts';
import { outputOption } from './options.ts';
import { type ScheduleEntry, schedules } from './schedule/find.ts';
import { withTemporal } from './session.ts';

interface Options {
  readonly uiUrl?: string;
  readonly plans?: string;
  readonly output: 'text' | 'json';
}

/** What a person on call needs of one plan. */
interface Runbook {
  readonly plan: string;
  /** The form Start Workflow; its input is filled in when `filledIn`. */
  readonly start: string;
  readonly filledIn: boolean;
  readonly runs: string;
  readonly schedules: readonly (Pick<ScheduleEntry, 'scheduleId' | 'what' | 'paused' | 'when'> & {
    readonly link: string;
  })[];
}

const help = `
The form Start Workflow opens with its input filled in from a template run, which the worker makes for each plan when it
starts and when the plan has changed. Press Random UUID, then Start Workflow. The link is to be printed anew then:
Temporal forgets closed runs after the namespace's retention.

Examples:
  $ rekindle runbooks
  $ rekindle runbooks -o json | jq -r '.plans[] | .plan + " " + .start'`;

/** `rekindle runbooks`. */
export function runbooksCommand(): Command {
  return new Command('runbooks')
    .description("Prints each plan's links into Temporal's UI: the form that starts it, its runs, its Schedules.")
    .option('--ui-url <url>', "address of Temporal's UI (default: $REKINDLE_UI_URL, else the embedded server's)")
    .option('--plans <folder>', 'folder of the plans (default: $REKINDLE_PLANS, else ./plans)')
    .addOption(outputOption())
    .addHelpText('after', help + plainCodeHelp)
    .action(async (options: Options) => {
      const given = options.uiUrl === undefined ? {} : { uiUrl: uiAddress(options.uiUrl, '--ui-url') };
      const config = { ...loadConfig(), ...given };
      process.exitCode = await withTemporal(async ({ temporal, output }) => {
        const page = await collect(temporal, options.plans ?? config.plansFolder);
        output.result(options.output === 'json' ? JSON.stringify(page, undefined, 2) : textOf(page));
        return exitCodes.recovered;
      }, config);
    });
}

interface Page {
  readonly plans: readonly Runbook[];
  /** Lists over all plans. */
  readonly lists: { readonly held: string; readonly awaitingApproval: string; readonly running: string };
}

/** Plans come from the folder, and from what the workers have prepared: who asks may not have the folder. */
async function collect(temporal: Temporal, plansFolder: string): Promise<Page> {
  const place = placeOf(temporal);
  const [templates, all] = await Promise.all([newestTemplates(temporal.client), schedules(temporal.client)]);
  const names = [...new Set([...(await planNames(plansFolder)), ...templates.keys()])].sort();
  if (names.length === 0)
    throw new CliError(
      `there is no plan in ${plansFolder}, and no worker has prepared any: name the folder with --plans, or start a worker`,
    );
  const plans = names.map((plan): Runbook => {
    const template = templates.get(plan);
    return {
      plan,
      start: startFormLink(place, template?.runId),
      filledIn: template !== undefined,
      runs: runListLink(place, runQueries.ofPlan(plan)),
      schedules: all
        .filter((one) => one.plan === plan)
        .map(({ scheduleId, what, paused, when }) => ({
          scheduleId,
          what,
          paused,
          ...(when === undefined ? {} : { when }),
          link: scheduleLink(place, scheduleId),
        })),
    };
  });
  const lists = {
    held: runListLink(place, runQueries.inState('held')),
    awaitingApproval: runListLink(place, runQueries.inState('awaiting-approval')),
    running: runListLink(place, runQueries.open),
  };
  return { plans, lists };
}

function placeOf({ uiUrl, namespace, address }: Temporal): UiPlace {
  if (uiUrl !== undefined) return { uiUrl, namespace };
  throw new CliError(
    `where is the UI of Temporal at ${address}? Say it by --ui-url or REKINDLE_UI_URL, as https://temporal.example:8080`,
  );
}

function textOf({ plans, lists }: Page): string {
  const lines = plans.flatMap(({ plan, start, filledIn, runs, schedules: own }) => [
    plan,
    `  start      ${start}${filledIn ? '' : `\n             not filled in (no worker has prepared it): the input is {"plan": "${plan}"}`}`,
    `  runs       ${runs}`,
    ...own.map((one) => `  ${one.what.padEnd(9)}  ${one.link}  ${one.when ?? ''}${one.paused ? ', paused' : ''}`),
    '',
  ]);
  return [
    ...lines,
    'all plans',
    `  held       ${lists.held}`,
    `  awaiting   ${lists.awaitingApproval}`,
    `  open       ${lists.running}`,
  ].join('\n');
}
