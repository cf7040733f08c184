/** SIGKILL for the worker that waits at a chosen point of a run. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { KillPoint } from '../../src/cli/drill/killer.ts';
import { waitsOf } from '../../src/cli/run-state.ts';
import type { WorkerProcess } from '../../src/cli/worker-process.ts';
import type { Waiting } from '../../src/model/run.ts';
import { tierNames } from '../../src/model/tiers.ts';

// What a worker has sent is with the server by then.
const settleMs = 50;

/**
 * Kills once, as soon as the point is reached, and answers what the worker was waiting for. It is stopped first and
 * killed only when Temporal still counts on it: a worker that dies between two activities is missed by nobody.
 */
export async function killInTheMiddle(
  handle: WorkflowHandle,
  workers: readonly WorkerProcess[],
  point: KillPoint,
  signal: AbortSignal,
): Promise<Waiting> {
  let since: number | undefined;
  for (;;) {
    signal.throwIfAborted();
    const wait = (await waits(handle)).find(({ tier }) => isAtOrAfter(tier, point));
    if (wait !== undefined) {
      since ??= Date.now();
      if (Date.now() - since >= point.afterMs && (await strike(handle, workers, wait))) return wait;
    }
    await sleep(100, undefined, { signal });
  }
}

function isAtOrAfter(tier: Waiting['tier'], point: KillPoint): boolean {
  return tier !== undefined && tierNames.indexOf(tier) >= tierNames.indexOf(point.tier);
}

async function strike(handle: WorkflowHandle, workers: readonly WorkerProcess[], wait: Waiting): Promise<boolean> {
  const worker = workers.find(({ identity }) => identity === wait.worker);
  if (worker === undefined) return false;
  process.kill(worker.pid, 'SIGSTOP');
  await sleep(settleMs);
  const stillWaits = (await waits(handle)).some(
    (one) => one.worker === wait.worker && one.step === wait.step && one.waitsFor === wait.waitsFor,
  );
  if (stillWaits) worker.kill();
  else process.kill(worker.pid, 'SIGCONT');
  return stillWaits;
}

async function waits(handle: WorkflowHandle): Promise<readonly Waiting[]> {
  return waitsOf(await handle.describe());
}
