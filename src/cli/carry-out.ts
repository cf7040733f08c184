/** Starting a run and following it: what `recover` and `resume` have in common. */
import type { WorkflowHandle } from '@temporalio/client';
import { runLink, type Temporal } from '../temporal.ts';
import type { RecoverRequest } from '../model/request.ts';
import type { RunView } from '../model/run.ts';
import { holdCommands, holdText } from '../report/view.ts';
import { exitCodes } from './exit-codes.ts';
import { follow } from './follow.ts';
import type { Output } from './output.ts';
import { printEnd } from './print-end.ts';
import type { Session } from './session.ts';
import { openRunOf, requireWorker, startRun } from './start-run.ts';

/** How a run is started, followed and shown. */
export interface CarryOutOptions {
  readonly workflowId?: string;
  readonly embedded?: boolean;
  readonly detach?: boolean;
  readonly output: 'text' | 'json';
}

/** Starts a run, or goes on with an open one of an embedded server, and follows it to its end. Returns the exit code. */
export async function carryOut(
  { temporal, output }: Session,
  request: RecoverRequest,
  options: CarryOutOptions,
  signal: AbortSignal,
): Promise<number> {
  if (!options.embedded) await requireWorker(temporal);
  const open = options.embedded ? await openRunOf(temporal, request) : undefined;
  const { handle, runId } = open ?? (await startNew(temporal, request, options.workflowId));
  const link = runLink(temporal.uiUrl, temporal.namespace, handle.workflowId, runId);
  output.note(`${open === undefined ? '' : 'goes on with '}workflow ${handle.workflowId}  ${link ?? ''}`.trimEnd());
  if (options.detach) return printStarted(output, options.output, { workflowId: handle.workflowId, runId, link });
  return followRun({ temporal, output }, handle, options, signal);
}

/** Follows a run as `recover` does: to its end in a terminal, until it is held in a pipe. Returns the exit code. */
export async function followRun(
  { temporal, output }: Pick<Session, 'temporal' | 'output'>,
  handle: WorkflowHandle,
  options: CarryOutOptions,
  signal: AbortSignal,
): Promise<number> {
  const leaveWhenHeld = !output.watched;
  const followed = await follow({ client: temporal.client, handle, output, leaveWhenHeld, signal });
  if (followed.kind === 'ended') return printEnd(followed.end, output, options.output);
  if (followed.kind === 'held') printHeld(followed.view, output, options.output);
  output.note(
    options.embedded
      ? 'Temporal and the worker stop with this command; the same command goes on with the run'
      : `the run goes on: rekindle status ${handle.workflowId} --follow`,
  );
  return followed.kind === 'held' ? exitCodes.held : exitCodes.unavailable;
}

async function startNew(temporal: Temporal, request: RecoverRequest, workflowId: string | undefined) {
  const handle = await startRun(temporal, request, workflowId);
  return { handle, runId: handle.firstExecutionRunId };
}

/** A run that has just been started. */
interface Started {
  readonly workflowId: string;
  readonly runId: string;
  readonly link: string | undefined;
}

/** Prints what was started, for `--detach`. Returns the exit code. */
export function printStarted(output: Output, form: 'text' | 'json', started: Started): number {
  output.result(form === 'json' ? JSON.stringify(started) : started.workflowId);
  return exitCodes.recovered;
}

/** The run is held and nobody is here to decide. */
function printHeld(view: RunView, output: Output, form: 'text' | 'json'): void {
  if (form === 'json') output.result(JSON.stringify(view, undefined, 2));
  for (const hold of view.holds) {
    output.note(`held: ${holdText(hold)}`);
    for (const command of holdCommands(hold, view.recovery ?? '')) output.note(`  ${command}`);
  }
}
