import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { Command } from 'commander';
import { drillSiteType, recoverSiteType, taskQueue, updateNames } from '../model/run.ts';
import type { CleanUpInput, CleanUpRequest } from '../model/request.ts';
import { isDrillName } from '../recovery/drill-request.ts';
import { runLink } from '../temporal.ts';
import { followRun, printStarted } from './carry-out.ts';
import { CliError } from './cli-error.ts';
import { decide, sendDecision } from './decide.ts';
import { exitCodes } from './exit-codes.ts';
import { addDecisionOptions, runNamed, runOption } from './options.ts';
import { drillsCalled, type RunEntry, runsOf } from './runs.ts';
import { interruptible, type Session, withTemporal } from './session.ts';
import { requireWorker } from './start-run.ts';

interface Options {
  readonly run?: string;
  readonly takeOver?: boolean;
  readonly detach?: boolean;
  readonly by?: string;
  readonly reason: string;
  readonly output: 'text' | 'json';
}

const help = `
A drill that stands for people to look at is told to clean up now. One that was terminated, or lost with Temporal's
database, can do it no more: then a run of its own does, by the drill's ledger in its cluster. While the drill is open
and does not stand it is refused. It may be said again and again: each time everything is listed anew.

Examples:
  $ rekindle clean-up bookstore-4fx2q7ab --reason "everybody has looked"    the drill stands: now, not later
  $ rekindle clean-up bookstore-4fx2q7ab --reason "it was terminated"       its run is over: removes what it left
  $ rekindle clean-up bookstore --reason "Temporal was lost"                the site's drill that is not known to be clean

Exit codes:
  0 taken, or nothing is left      3 refused: the site's lock is held
  1 not available                  4 something is still there: it says what holds it
  2 wrong input`;

/** `rekindle clean-up [RUN | --run RUN] --reason R`. */
export function cleanUpCommand(): Command {
  const command = new Command('clean-up')
    .description('Removes what a drill made: of one that stands for people to look at, and of one whose run is over.')
    .argument('[run]', "the drill's recovery id or workflow id, or its site; the same as --run")
    .addOption(runOption())
    .option('--take-over', "take over the site's lock though its holder cannot be asked about")
    .option('--detach', 'return at once');
  return addDecisionOptions(command)
    .addHelpText('after', help)
    .action(async (run: string | undefined, options: Options) => {
      const wanted = runNamed(run, options.run);
      if (wanted === undefined) process.exitCode = await endStanding(options);
      else process.exitCode = await cleanUp(wanted, options);
    });
}

const inputOf = (options: Options, user: string): CleanUpInput => ({ by: options.by ?? user, reason: options.reason });

const taken = 'the drill is being cleaned up';

/** The only open run is meant. */
function endStanding(options: Options): Promise<number> {
  return decide({
    run: undefined,
    update: updateNames.cleanUp,
    input: (user) => inputOf(options, user),
    taken,
    output: options.output,
  });
}

async function cleanUp(wanted: string, options: Options): Promise<number> {
  const stopper = interruptible();
  try {
    return await withTemporal(async (session) => {
      const { client } = session.temporal;
      const drills = await drillsCalled(client, wanted);
      const open = await openOf(client, drills);
      const [first, second] = open;
      if (first && second)
        throw new CliError(
          `${open.length} drills called ${wanted} are open, so say which: ${open.map(({ workflowId }) => workflowId).join(', ')}`,
        );
      if (first) return tellOpen(session, first, options);
      return removeLeft(session, await leftName(session, wanted, drills), options, stopper.signal);
    });
  } finally {
    stopper.release();
  }
}

/** Asked one by one: the list may not know yet that one was terminated a moment ago. */
async function openOf(client: Client, drills: readonly RunEntry[]): Promise<readonly RunEntry[]> {
  const open: RunEntry[] = [];
  for (const drill of drills.filter(({ status }) => isOpen(status))) {
    const { status } = await client.workflow.getHandle(drill.workflowId, drill.runId).describe();
    if (isOpen(status.name)) open.push(drill);
  }
  return open;
}

const isOpen = (status: string): boolean => status === 'RUNNING' || status === 'PAUSED';

/** An open drill removes what it made itself: now where it stands, else at its end. */
async function tellOpen({ temporal, output, config }: Session, open: RunEntry, options: Options): Promise<number> {
  const { workflowId, runId } = open;
  const input = inputOf(options, config.user);
  const link = runLink(temporal.uiUrl, temporal.namespace, workflowId, runId) ?? `workflow ${workflowId}`;
  try {
    await sendDecision(temporal, temporal.client.workflow.getHandle(workflowId), updateNames.cleanUp, input);
  } catch (error) {
    throw error instanceof CliError ? new CliError(`${error.message} (${link})`, error.exitCode) : error;
  }
  if (options.output === 'json') output.result(JSON.stringify({ workflowId, update: updateNames.cleanUp, input }));
  else output.result(`${taken} (workflow ${workflowId}); watch it: rekindle status ${workflowId} --follow`);
  return exitCodes.recovered;
}

/** What the workers know a drill by. Throws a CliError for what is no drill, or made nothing. */
async function leftName({ temporal }: Session, wanted: string, drills: readonly RunEntry[]): Promise<string> {
  const byId = drills.find(({ workflowId }) => workflowId === wanted);
  if (byId?.recovery !== undefined) return byId.recovery;
  if (byId) throw new CliError(`drill ${wanted} has ended before it made anything: there is nothing to clean up`);
  const [recovery] = (await runsOf(temporal.client, wanted)).filter(({ type }) => type === recoverSiteType);
  if (recovery) throw new CliError(`${wanted} is a recovery, no drill: what it restored stays`);
  if (isDrillName(wanted)) return wanted;
  throw new CliError(
    `${JSON.stringify(wanted)} is neither a drill's recovery id, as bookstore-a2b3c4d5, nor a site: it stands in the report and in the ledger's name`,
  );
}

async function removeLeft(session: Session, of: string, options: Options, signal: AbortSignal): Promise<number> {
  const { temporal, output, config } = session;
  await requireWorker(temporal);
  const request: CleanUpRequest = {
    cleanUp: of,
    ...inputOf(options, config.user),
    ...(options.takeOver ? { takeOver: true } : {}),
  };
  const handle = await temporal.client.workflow.start(drillSiteType, {
    taskQueue,
    workflowId: `clean-up-${of}-${randomBytes(4).toString('hex')}`,
    args: [request],
    staticSummary: `removes what drill ${of} has left`,
  });
  const { workflowId, firstExecutionRunId: runId } = handle;
  const link = runLink(temporal.uiUrl, temporal.namespace, workflowId, runId);
  output.note(`workflow ${workflowId}  ${link ?? ''}`.trimEnd());
  if (options.detach) return printStarted(output, options.output, { workflowId, runId, link });
  return followRun({ temporal, output }, handle, options, signal);
}
