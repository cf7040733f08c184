import { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { columns } from '../report/columns.ts';
import { viewLines } from '../report/view.ts';
import { exitCodeHelp, exitCodes } from './exit-codes.ts';
import { follow } from './follow.ts';
import { outputOption } from './options.ts';
import type { Output } from './output.ts';
import { printEnd } from './print-end.ts';
import { awaitEnd, type RunEnd } from './run-end.ts';
import { lookAt, type RunLook } from './run-state.ts';
import { findRun, openRuns, type RunEntry } from './runs.ts';
import { interruptible, withTemporal, type Session } from './session.ts';

interface Options {
  readonly follow?: boolean;
  readonly output: 'text' | 'json';
}

const help = `
Without a name it lists the open recoveries. Every wait says what it waits for and why not yet; "as of" tells how old
that word is. It comes straight from the workers' heartbeats and leaves no trace in the run's history.

Examples:
  $ rekindle status
  $ rekindle status bookstore-4fx2q7ab --follow
  $ rekindle status recover-bookstore-1a2b3c4d -o json | jq .view.holds
`;

const whichCode = `
The list ends with 0. An open run ends with 0, or 5 while it is held; an ended one with the code of its outcome.
--follow ends with the code of the outcome, also after a hold; with 0 when you leave by Ctrl-C.`;

/** `rekindle status [RUN] [--follow]`. */
export function statusCommand(): Command {
  return new Command('status')
    .description('Shows where a recovery is: tiers, steps, why not yet, and what you may decide.')
    .argument('[run]', 'recovery id or workflow id')
    .option('-f, --follow', 'keep showing it until it ends')
    .addOption(outputOption())
    .addHelpText('after', help + exitCodeHelp + whichCode)
    .action(async (run: string | undefined, options: Options) => {
      process.exitCode = await withTemporal((session) => status(session, run, options), loadConfig());
    });
}

async function status(session: Session, run: string | undefined, options: Options): Promise<number> {
  const { temporal, output } = session;
  if (run === undefined && !options.follow) return list(await openRuns(temporal.client), output, options.output);
  const handle = await findRun(temporal.client, run);
  if (options.follow) return followToEnd(session, handle.workflowId, options);
  const look = await lookAt(temporal.client, handle);
  const end = look.status === 'RUNNING' || look.status === 'PAUSED' ? undefined : await awaitEnd(handle);
  return show(look, end, output, options.output);
}

async function followToEnd({ temporal, output }: Session, workflowId: string, options: Options): Promise<number> {
  const stopper = interruptible();
  try {
    const handle = temporal.client.workflow.getHandle(workflowId);
    const followed = await follow({
      client: temporal.client,
      handle,
      output,
      leaveWhenHeld: false,
      signal: stopper.signal,
    });
    return followed.kind === 'ended' ? printEnd(followed.end, output, options.output) : exitCodes.recovered;
  } finally {
    stopper.release();
  }
}

function show(look: RunLook, end: RunEnd | undefined, output: Output, form: 'text' | 'json'): number {
  if (form === 'json') output.result(JSON.stringify({ ...look, ...(end === undefined ? {} : { end }) }, undefined, 2));
  else if (end !== undefined) printEnd(end, output, 'text');
  else if (look.view === undefined)
    output.result(`${look.workflowId}  ${look.status}  started ${look.startedAt}\n${look.silent ?? 'no answer'}`);
  else
    output.result(
      viewLines(look.view, look.waits, { now: new Date(), paint: output.colours, columns: output.columns }).join('\n'),
    );
  if (end !== undefined) return end.exitCode;
  return look.view?.state === 'held' ? exitCodes.held : exitCodes.recovered;
}

function list(runs: readonly RunEntry[], output: Output, form: 'text' | 'json'): number {
  if (form === 'json') output.result(JSON.stringify(runs, undefined, 2));
  else if (runs.length === 0) output.result('no recovery is open');
  else {
    const rows = runs.map((run) => [
      run.recovery ?? '–',
      run.plan ?? '–',
      run.state ?? '–',
      run.tier ?? '–',
      run.startedAt,
      run.workflowId,
    ]);
    output.result(columns([['RECOVERY', 'PLAN', 'STATE', 'TIER', 'STARTED', 'WORKFLOW'], ...rows]).join('\n'));
  }
  return exitCodes.recovered;
}
