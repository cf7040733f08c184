/** What a test needs of Temporal: a client, a task queue of its own, and workers that end with the test. */
import { createHash, randomUUID } from 'node:crypto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject } from 'vitest';
import { workerTuning } from '../../src/worker-tuning.ts';
import { quietRuntime } from './quiet-runtime.ts';
import './provided.ts';

/** Activities by name, as a worker takes them: real ones, or fakes that `satisfies Partial<Activities>` has checked. */
export type ActivitySet = NonNullable<WorkerOptions['activities']>;

/** Temporal for the tests of one file. */
export interface TemporalForTests {
  readonly client: Client;
  readonly environment: TestWorkflowEnvironment;
  /** Follows from the running test's title, so that no two tests meet. */
  taskQueue(): string;
  /** A workflow id that is new at each call and tells which test it belongs to. */
  workflowId(): string;
  /** A worker on the test's queue, made but not running. */
  worker(activities: ActivitySet, options?: Partial<WorkerOptions>): Promise<Worker>;
  /** Runs `work` with a worker on the test's queue. */
  withWorker<T>(activities: ActivitySet, work: () => Promise<T>, options?: Partial<WorkerOptions>): Promise<T>;
}

/** Call it once at the top of a file's `describe`, use the result inside the tests. */
export function useTemporal(): TemporalForTests {
  let environment: TestWorkflowEnvironment | undefined;
  const open = (): TestWorkflowEnvironment => {
    if (environment === undefined) throw new Error('useTemporal: use it inside a test');
    return environment;
  };

  beforeAll(async () => {
    quietRuntime();
    environment = await TestWorkflowEnvironment.createFromExistingServer(inject('temporal'));
  });
  afterAll(async () => {
    await environment?.teardown();
  });

  const worker: TemporalForTests['worker'] = (activities, options = {}) =>
    Worker.create({
      ...workerTuning,
      connection: open().nativeConnection,
      namespace: open().namespace ?? 'default',
      taskQueue: taskQueue(),
      workflowBundle: { codePath: inject('workflowBundle') },
      activities,
      ...options,
    });
  return {
    get client() {
      return open().client;
    },
    get environment() {
      return open();
    },
    taskQueue,
    workflowId: () => `${taskQueue()}-${randomUUID().slice(0, 8)}`,
    worker,
    withWorker: async (activities, work, options) => (await worker(activities, options)).runUntil(work()),
  };
}

function taskQueue(): string {
  const title = expect.getState().currentTestName;
  if (title === undefined) throw new Error('useTemporal: a task queue belongs to a test, ask for it inside one');
  const words = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const hash = createHash('sha256')
    .update(`${expect.getState().testPath ?? ''} ${title}`)
    .digest('hex')
    .slice(0, 6);
  return `${words.slice(0, 60).replaceAll(/^-|-$/g, '')}-${hash}`;
}
