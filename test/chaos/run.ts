/** One recovery of the chaos site, as a person at a terminal would lead it, whatever happens to what it runs on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { awaitEnd, type RunEnd } from '../../src/cli/run-end.ts';
import { lookAt, type RunLook } from '../../src/cli/run-state.ts';
import { startRun } from '../../src/cli/start-run.ts';
import type { RecoverRequest } from '../../src/model/request.ts';
import { type Hold, updateNames } from '../../src/model/run.ts';
import type { ChaosStage } from './stage.ts';

/** Longer than this no step of a cell may take. */
const patienceMs = 150_000;

/** A moment that a run's activities have reached, by the server's own record. */
export interface Recorded {
  readonly at: number;
  readonly what: string;
}

export class ChaosRun {
  private readonly stage: ChaosStage;
  readonly workflowId: string;
  /** The approval is given as soon as it is asked for. */
  private approves: boolean;

  private constructor(stage: ChaosStage, workflowId: string, approves: boolean) {
    this.stage = stage;
    this.workflowId = workflowId;
    this.approves = approves;
  }

  static async start(stage: ChaosStage, request: RecoverRequest, approves = true): Promise<ChaosRun> {
    const handle = await startRun(stage.temporal, { ...request, reason: 'chaos' });
    return new ChaosRun(stage, handle.workflowId, approves);
  }

  /** Looks until it is as wanted. No answer is no news. */
  async until<T>(what: string, is: (look: RunLook) => T | undefined | Promise<T | undefined>): Promise<T> {
    const end = Date.now() + patienceMs;
    let last = 'nothing';
    while (Date.now() < end) {
      const look = await this.look();
      if (look !== undefined) {
        await this.approveWhereAsked(look);
        const found = await is(look);
        if (found !== undefined) return found;
        last = describe(look);
        if (look.status !== 'RUNNING') {
          const { message = '' } = await awaitEnd(this.handle);
          throw new Error(`it never came to ${what}, but ended as ${look.status}: ${message}`);
        }
      }
      await sleep(50);
    }
    throw new Error(`it never came to ${what}; last seen: ${last}`);
  }

  /** Waits for something that the door sees, as long as the run is on its way to it. */
  async meets<T>(what: string, promise: Promise<T>): Promise<T> {
    let met: { readonly value: T } | undefined;
    void promise.then((value) => (met = { value }));
    await this.until(what, () => met);
    return promise;
  }

  /** Sends a decision until somebody has taken it. One that was taken without its answer being heard is refused as superfluous. */
  async decide(name: keyof typeof updateNames, input: object): Promise<void> {
    const end = Date.now() + patienceMs;
    for (let error: unknown; Date.now() < end; await sleep(250)) {
      try {
        const { client } = this.stage.temporal;
        const sent = (): Promise<unknown> =>
          this.handle.executeUpdate(updateNames[name], { args: [{ by: 'chaos', reason: 'test', ...input }] });
        await client.withDeadline(Date.now() + 20_000, sent);
        return;
      } catch (caught) {
        if (
          error !== undefined &&
          /already|not held|not waiting/.test(String(caught instanceof Error ? (caught.cause ?? caught) : caught))
        )
          return;
        error = caught;
      }
    }
    throw new Error(`the decision ${name} was never taken`);
  }

  /** Leads it to its end. Held again is an error. */
  async end(): Promise<RunEnd> {
    await this.until('its end', ({ status, view }) => {
      if (status !== 'RUNNING') return true;
      if (view?.state === 'held') throw new Error(`held: ${view.holds.map(holdText).join('; ')}`);
      return undefined;
    });
    return awaitEnd(this.handle);
  }

  private async approveWhereAsked({ view }: RunLook): Promise<void> {
    if (!this.approves || view?.state !== 'awaiting-approval') return;
    this.approves = false;
    await this.decide('approve', {});
  }

  /** The worker that has answered for the run last: its cache holds the run. */
  async lastWorker(): Promise<string | undefined> {
    const { events } = await this.handle.fetchHistory();
    return (
      events?.findLast(({ workflowTaskCompletedEventAttributes: done }) => done)?.workflowTaskCompletedEventAttributes
        ?.identity ?? undefined
    );
  }

  /** The first activity that came to its end after this time. */
  async completedSince(ms: number): Promise<Recorded | undefined> {
    const { events } = await this.handle.fetchHistory();
    for (const { eventTime, activityTaskCompletedEventAttributes } of events ?? []) {
      const at = Number(eventTime?.seconds ?? 0) * 1000 + Math.round((eventTime?.nanos ?? 0) / 1e6);
      if (activityTaskCompletedEventAttributes && at > ms) return { at, what: 'an activity ended' };
    }
    return undefined;
  }

  async look(): Promise<RunLook | undefined> {
    try {
      return await lookAt(this.stage.temporal.client, this.handle);
    } catch {
      return undefined; // Temporal is away
    }
  }

  terminate(): Promise<unknown> {
    return this.handle.terminate('the cell is over');
  }

  private get handle(): WorkflowHandle {
    return this.stage.temporal.client.workflow.getHandle(this.workflowId);
  }
}

function holdText({ step, reason, message }: Hold): string {
  return `${step} as ${reason}: ${message}`;
}

function describe({ status, view, waits, silent }: RunLook): string {
  const waiting = waits.map(({ tier, step, waitsFor, reason }) => `${tier ?? ''}/${step ?? ''} ${waitsFor}: ${reason}`);
  const holds = (view?.holds ?? []).map((hold) => `held: ${holdText(hold)}`);
  return [status, view?.state ?? silent ?? '', ...holds, ...waiting].join('; ').slice(0, 1500);
}
