/** The recovery inside a drill: started, watched, one worker killed, phase two approved. */
import type { WorkflowHandle } from '@temporalio/client';
import type { Config } from '../../config.ts';
import { updateNames } from '../../model/run.ts';
import type { ApproveInput, RecoverRequest } from '../../model/request.ts';
import { runLink, type Temporal } from '../../temporal.ts';
import { CliError, sentenceOf } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { follow } from '../follow.ts';
import type { Output } from '../output.ts';
import type { RunEnd } from '../run-end.ts';
import type { RunLook } from '../run-state.ts';
import { startRun } from '../start-run.ts';
import type { WorkerProcess } from '../worker-process.ts';
import { Killer, type Killed, type KillPoint } from './killer.ts';

export interface DrillRecovery {
  readonly config: Config;
  readonly temporal: Temporal;
  readonly request: RecoverRequest;
  readonly workers: readonly WorkerProcess[];
  readonly kill?: KillPoint;
  readonly output: Output;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Runs to the end. Throws a CliError when it is interrupted, or when the worker could not be killed as asked. */
export async function recoverInDrill(
  drill: DrillRecovery,
): Promise<{ readonly end: RunEnd; readonly killed?: Killed }> {
  const { temporal, tell } = drill;
  const handle = await startRun(temporal, drill.request);
  const link = runLink(temporal.uiUrl, temporal.namespace, handle.workflowId, handle.firstExecutionRunId);
  tell(`workflow ${handle.workflowId}  ${link ?? ''}`.trimEnd());
  const killer =
    drill.kill === undefined ? undefined : new Killer(drill.kill, (identity) => killWorker(drill.workers, identity));
  const approver = new Approver(handle, tell);
  const seen = (look: RunLook): void => {
    const happened = killer?.look(look.waits, new Date());
    if (happened !== undefined) tell(happened);
    approver.look(look);
  };
  const alive = watchWorkers(drill);
  const followed = await follow({
    client: temporal.client,
    handle,
    output: drill.output,
    leaveWhenHeld: false,
    signal: AbortSignal.any([drill.signal, alive.lost]),
    everyMs: 500,
    seen,
  });
  alive.release();
  if (followed.kind !== 'ended')
    throw new CliError(
      drill.signal.aborted
        ? 'the drill was interrupted'
        : 'no worker is left, so nothing goes on: see the worker logs of the drill',
      exitCodes.failed,
    );
  return { end: followed.end, ...(killer?.killed === undefined ? {} : { killed: killer.killed }) };
}

/** Tells of each worker that ends while the run goes on; aborts `lost` with the last of them. */
function watchWorkers({ workers, tell }: DrillRecovery): { readonly lost: AbortSignal; release(): void } {
  const lost = new AbortController();
  let watching = true;
  let left = workers.length;
  for (const { identity, ended } of workers) {
    void ended.then((how) => {
      left -= 1;
      if (watching) tell(`worker ${identity} is gone: ${how}`);
      if (watching && left === 0) lost.abort();
    });
  }
  return { lost: lost.signal, release: () => (watching = false) };
}

function killWorker(workers: readonly WorkerProcess[], identity: string): boolean {
  const worker = workers.find((one) => one.identity === identity);
  worker?.kill();
  return worker !== undefined;
}

/** Approves phase two once, as a person would: through the Update. */
class Approver {
  private sent = false;
  private readonly handle: WorkflowHandle;
  private readonly tell: (line: string) => void;

  constructor(handle: WorkflowHandle, tell: (line: string) => void) {
    this.handle = handle;
    this.tell = tell;
  }

  look(look: RunLook): void {
    if (this.sent || look.view?.state !== 'awaiting-approval') return;
    this.sent = true;
    const input: ApproveInput = { by: 'drill', reason: 'every gate of phase one holds' };
    this.handle.executeUpdate(updateNames.approve, { args: [input] }).then(
      () => this.tell('phase two approved by the drill'),
      (error: unknown) => {
        this.sent = false; // tried again at the next look: a worker may have died under it
        this.tell(`the approval did not get through: ${sentenceOf(error)}`);
      },
    );
  }
}
