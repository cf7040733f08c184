import { ApplicationFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import type { Activities } from '../../activities/index.ts';
import type { QuiesceReport, Report } from '../../src/model/report.ts';
import { recoverSiteType, type RunView, updateNames, viewQueryName } from '../../src/model/run.ts';
import { acted, aFullPlan, type Fakes, fakeActivities } from '../support/fake-activities.ts';
import { useTemporal } from '../support/temporal.ts';

type Handle = WorkflowHandle<(input?: unknown) => Promise<Report>>;

const ana = { by: 'ana', reason: 'looked at it' };
const job = { kind: 'CronJob', namespace: 'toy', name: 'report' } as const;
const plan = aFullPlan({ quiesce: [{ kind: 'CronJob', namespaces: ['toy'], optional: false }] });
const ending = (outcome: string) => ['putBack', `releaseSite ${outcome}`];

describe('a run whose plan quiesces', () => {
  const temporal = useTemporal();

  const quiesced = (state: QuiesceReport['state'], why?: string) =>
    acted({
      list: [{ ...job, state, ...(why ? { why } : {}) }],
      total: 1,
      left: state === 'left quiesced' ? 1 : 0,
    });
  const fakes = (changes: Partial<Activities> = {}): Fakes =>
    fakeActivities(plan, {
      quiesceSite: async () => quiesced('left quiesced'),
      putBack: async () => quiesced('put back'),
      ...changes,
    });
  const run = async <T>(
    activities: Fakes['activities'],
    input: object,
    work: (handle: Handle) => Promise<T>,
  ): Promise<T> =>
    temporal.withWorker({ ...activities }, async () => {
      const handle = (await temporal.client.workflow.start(recoverSiteType, {
        taskQueue: temporal.taskQueue(),
        workflowId: temporal.workflowId(),
        args: [input],
      })) as Handle;
      try {
        return await work(handle);
      } finally {
        await handle.terminate().catch(() => undefined);
      }
    });
  const untilHeld = async (handle: Handle): Promise<RunView> => {
    for (let look = 0; look < 200; look += 1) {
      const seen = await handle.query<RunView>(viewQueryName);
      if (seen.state === 'held') return seen;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('was never held');
  };
  const failureOf = async (handle: Handle): Promise<{ readonly type: unknown; readonly report: Report }> => {
    const error = await handle.result().then(
      () => undefined,
      (failed: unknown) => failed,
    );
    expect(error).toBeInstanceOf(WorkflowFailedError);
    const cause = (error as WorkflowFailedError).cause as ApplicationFailure;
    return { type: cause.type, report: cause.details?.[0] as Report };
  };
  const badStep: Partial<Activities> = {
    awaitStage: async () => acted({ state: 'failed', reason: 'PartiallyFailed', message: 'no', retry: 'again' }),
  };

  it('stops after preflight and before the first tier, and puts back before the lock is given back', async () => {
    const { calls, activities } = fakes();

    const report = await run(activities, { plan: 'toy' }, (handle) => handle.result());

    expect(calls.slice(3, 7)).toEqual(['lockSite', 'preflight', 'quiesceSite', 'startStage the-namespaces g1']);
    expect(calls.slice(-3)).toEqual(['judgeCompleteness', ...ending('recovered')]);
    expect(report).toMatchObject({ outcome: 'recovered', quiesce: [{ ...job, state: 'put back' }], exceptions: [] });
  });

  it('puts back when it fails', async () => {
    const { calls, activities } = fakes(badStep);

    const { type, report } = await run(activities, { plan: 'toy', onFailure: 'abort' }, failureOf);

    expect(type).toBe('failed');
    expect(calls.slice(-2)).toEqual(ending('failed'));
    expect(report.quiesce).toEqual([{ ...job, state: 'put back' }]);
  });

  it('puts back when it is aborted', async () => {
    const { calls, activities } = fakes(badStep);

    const { type } = await run(activities, { plan: 'toy' }, async (handle) => {
      await untilHeld(handle);
      await handle.executeUpdate(updateNames.abort, { args: [ana] });
      return failureOf(handle);
    });

    expect(type).toBe('aborted');
    expect(calls.slice(-2)).toEqual(ending('aborted'));
  });

  it('puts back when it is cancelled', async () => {
    const { calls, activities } = fakes(badStep);

    const { type } = await run(activities, { plan: 'toy' }, async (handle) => {
      await untilHeld(handle);
      await handle.cancel();
      return failureOf(handle);
    });

    expect(type).toBe('aborted');
    expect(calls.slice(-2)).toEqual(ending('aborted'));
  });

  it('is no plain success where something is left quiesced', async () => {
    const { calls, activities } = fakes({ putBack: async () => quiesced('left quiesced', 'a webhook refuses') });

    const report = await run(activities, { plan: 'toy' }, (handle) => handle.result());

    const line = 'CronJob toy/report was left quiesced: a webhook refuses';
    expect(report).toMatchObject({ outcome: 'recovered-with-exceptions', because: line, exceptions: [line] });
    expect(calls.slice(-2)).toEqual(ending('recovered-with-exceptions'));
  });

  it('says how to repair where nothing could be put back, and gives the lock back all the same', async () => {
    const { calls, activities } = fakes({
      putBack: async () => {
        throw ApplicationFailure.nonRetryable('the lock is somebody else’s', 'NotOurs');
      },
    });

    const report = await run(activities, { plan: 'toy' }, (handle) => handle.result());

    expect(report.outcome).toBe('recovered-with-exceptions');
    expect(report.because).toContain('`rekindle put-back toy` does it');
    expect(report.quiesce).toEqual([{ ...job, state: 'left quiesced' }]);
    expect(calls.slice(-2)).toEqual(ending('recovered-with-exceptions'));
  });

  it('is held where something may not be stopped, and goes on when it is looked at again', async () => {
    let tries = 0;
    const { calls, activities } = fakes({
      quiesceSite: async () => {
        tries += 1;
        if (tries === 1)
          throw ApplicationFailure.nonRetryable('CronJob toy/report is quiesced by recovery x', 'Conflict');
        return quiesced('left quiesced');
      },
    });

    const report = await run(activities, { plan: 'toy' }, async (handle) => {
      const held = await untilHeld(handle);
      expect(held.holds).toMatchObject([{ step: 'quiesce', reason: 'Conflict' }]);
      expect(calls).not.toContain('startStage the-namespaces g1');
      await handle.executeUpdate(updateNames.retryStep, { args: [{ step: 'quiesce', ...ana }] });
      return handle.result();
    });

    expect(report.outcome).toBe('recovered');
    expect(tries).toBe(2);
  });

  it('ends without a step where it must not wait for anybody', async () => {
    const { calls, activities } = fakes({
      quiesceSite: async () => {
        throw ApplicationFailure.nonRetryable('CronJob toy/report is quiesced by recovery x', 'Conflict');
      },
    });

    const { report } = await run(activities, { plan: 'toy', onFailure: 'abort' }, failureOf);

    expect(report.because).toContain('quiesce: CronJob toy/report is quiesced by recovery x');
    expect(calls).not.toContain('startStage the-namespaces g1');
    expect(calls.slice(-2)).toEqual(ending('failed'));
  });
});
