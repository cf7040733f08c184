/** What the tests of runs over fake activities have in common. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ApplicationFailure,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { expect } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import type { RecoverRequest } from '../../src/model/request.ts';
import { recoverSiteType, type RunView, updateNames, viewQueryName } from '../../src/model/run.ts';
import type { Fakes } from './fake-activities.ts';
import type { TemporalForTests } from './temporal.ts';

export type RunHandle = WorkflowHandle<(input?: unknown) => Promise<Report>>;

/** One run under test. */
export interface TestRun {
  readonly handle: RunHandle;
  view(): Promise<RunView>;
  /** Until the run looks so; the view that does. */
  until(is: (seen: RunView) => boolean): Promise<RunView>;
  /** Sends an Update; the answer. */
  tell(update: keyof typeof updateNames, input: unknown): Promise<string>;
  /** Sends an Update that must be refused; the refusal. */
  refused(update: keyof typeof updateNames, input: unknown): Promise<string>;
  /** The report of a run that must complete. */
  report(): Promise<Report>;
  /** The failure of a run that must close as failed, and the report that it carries. */
  failure(): Promise<{ readonly type: string | undefined; readonly message: string; readonly report: Report }>;
}

/** Starts a run with a worker of these fakes, and ends it whatever the work does. */
export async function withRun(
  temporal: TemporalForTests,
  fakes: Fakes,
  work: (run: TestRun) => Promise<void>,
  request: RecoverRequest = { plan: 'toy' },
): Promise<void> {
  await temporal.withWorker({ ...fakes.activities }, async () => {
    const handle: RunHandle = await temporal.client.workflow.start(recoverSiteType, {
      taskQueue: temporal.taskQueue(),
      workflowId: temporal.workflowId(),
      args: [request],
    });
    try {
      await work(testRun(handle));
    } finally {
      await handle.terminate().catch(() => undefined);
    }
  });
}

function testRun(handle: RunHandle): TestRun {
  const view = () => handle.query<RunView>(viewQueryName);
  const tell = (update: keyof typeof updateNames, input: unknown) =>
    handle.executeUpdate<string, [unknown]>(updateNames[update], { args: [input] });
  return {
    handle,
    view,
    tell,
    until: async (is) => {
      for (let look = 0; look < 300; look += 1) {
        const seen = await view();
        if (is(seen)) return seen;
        await sleep(50);
      }
      throw new Error(`never came about; the run is ${JSON.stringify(await view())}`);
    },
    refused: async (update, input) => {
      const error: unknown = await tell(update, input).then(
        (answer) => `it was taken: ${answer}`,
        (failed: unknown) => failed,
      );
      expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
      return (error as WorkflowUpdateFailedError).cause?.message ?? '';
    },
    report: () => handle.result(),
    failure: async () => {
      const error: unknown = await handle.result().then(
        () => 'it completed',
        (failed: unknown) => failed,
      );
      expect(error).toBeInstanceOf(WorkflowFailedError);
      const { type, message, details } = (error as WorkflowFailedError).cause as ApplicationFailure;
      return { type: type ?? undefined, message, report: details?.[0] as Report };
    },
  };
}
