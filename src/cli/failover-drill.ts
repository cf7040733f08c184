import { randomBytes } from 'node:crypto';
import { Command, Option } from 'commander';
import { loadConfig } from '../config.ts';
import { longestKeepForMs } from '../model/drill.ts';
import { formatDuration, howToWriteDuration, parseDuration } from '../model/duration.ts';
import type { DrillRequest } from '../model/request.ts';
import { drillSiteType, taskQueue } from '../model/run.ts';
import { runLink } from '../temporal.ts';
import { followRun, printStarted } from './carry-out.ts';
import { CliError } from './cli-error.ts';
import { exitCodeHelp } from './exit-codes.ts';
import { checkLocally, requireDrillCluster } from './local-plan.ts';
import { filled, outputOption } from './options.ts';
import { checkPlanName } from './request.ts';
import { interruptible, type Session, withTemporal } from './session.ts';
import { requireWorker } from './start-run.ts';

interface Options {
  readonly backup?: string;
  readonly keepFor?: string;
  readonly onFailure?: 'hold' | 'abort';
  readonly askApproval?: boolean;
  readonly reason?: string;
  readonly workflowId?: string;
  readonly detach?: boolean;
  readonly output: 'text' | 'json';
}

const examples = `
Examples:
  $ rekindle failover-drill bookstore --reason "quarterly"
  $ rekindle failover-drill bookstore --keep-for 2h          leave it standing, then clean up by itself
  $ rekindle clean-up bookstore-4fx2q7ab --reason "seen"     …or when everybody has looked

The plan's \`drill.cluster\` says where. The site itself is not touched: docs/drills.md.`;

/** `rekindle failover-drill PLAN`. */
export function failoverDrillCommand(): Command {
  return new Command('failover-drill')
    .description("Rehearses a plan on the plan's drill cluster, cleans that up again, and shows that nothing is left.")
    .argument('<plan>', "name of a plan in the worker's plans folder, without .yaml")
    .option('--backup <name>', "restore from this Backup instead of the plan's")
    .option('--keep-for <duration>', "how long it stands for people to look at, instead of the plan's drill.keepFor")
    .addOption(
      new Option('--on-failure <what>', 'abort: end and clean up (default); hold: wait for a decision').choices([
        'hold',
        'abort',
      ]),
    )
    .option('--ask-approval', 'wait for the approval that the plan asks for')
    .option('--reason <text>', 'why; it goes into the report')
    .option('--workflow-id <id>', 'id of the workflow; default: made from the plan', filled('--workflow-id'))
    .option('--detach', 'start it and return at once')
    .addOption(outputOption())
    .addHelpText('after', examples + '\n' + exitCodeHelp)
    .action(async (plan: string, options: Options) => {
      const config = loadConfig();
      const request = drillRequest(plan, options);
      requireDrillCluster(await checkLocally(plan, config.plansFolder));
      const stopper = interruptible();
      try {
        process.exitCode = await withTemporal((session) => drill(session, request, options, stopper.signal), config);
      } finally {
        stopper.release();
      }
    });
}

function checkKeepFor(text: string): void {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new CliError(`--keep-for ${JSON.stringify(text)} is not understood; ${howToWriteDuration}`);
  if (ms > longestKeepForMs)
    throw new CliError(
      `--keep-for ${text} is longer than a drill may stand, which is ${formatDuration(longestKeepForMs)}: ask for less; nothing was started`,
    );
}

/** What was typed, as the workflow's one JSON object. Throws a CliError. */
export function drillRequest(plan: string, options: Omit<Options, 'output'>): DrillRequest {
  checkPlanName(plan, 'failover-drill');
  const { backup, keepFor, onFailure, askApproval, reason } = options;
  if (keepFor !== undefined) checkKeepFor(keepFor);
  return {
    plan,
    ...(backup === undefined ? {} : { backup }),
    ...(keepFor === undefined ? {} : { keepFor }),
    ...(onFailure === undefined ? {} : { onFailure }),
    ...(askApproval ? { onApproval: 'wait' } : {}),
    ...(reason === undefined ? {} : { reason }),
  };
}

async function drill(
  { temporal, output }: Session,
  request: DrillRequest,
  options: Options,
  signal: AbortSignal,
): Promise<number> {
  await requireWorker(temporal);
  const handle = await temporal.client.workflow.start(drillSiteType, {
    taskQueue,
    workflowId: options.workflowId ?? `drill-${request.plan}-${randomBytes(4).toString('hex')}`,
    args: [request],
    staticSummary: `rehearses plan ${request.plan}`,
  });
  const { workflowId, firstExecutionRunId: runId } = handle;
  const link = runLink(temporal.uiUrl, temporal.namespace, workflowId, runId);
  output.note(`workflow ${workflowId}  ${link ?? ''}`.trimEnd());
  if (options.detach) return printStarted(output, options.output, { workflowId, runId, link });
  return followRun({ temporal, output }, handle, options, signal);
}
