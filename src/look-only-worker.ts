/** The worker's other half: on a queue of its own, with no activity that writes, for runs that only look. */
import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../activities/index.ts';
import type { LogSink } from './log.ts';
import { lookOnlyQueueOf } from './model/look.ts';
import { prepareTemplates, type TemplateOptions } from './templates.ts';
import { workerTuning } from './worker-tuning.ts';

export interface LookOnlyOptions extends TemplateOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly identity: string;
  readonly activities: Activities;
  readonly code: Pick<WorkerOptions, 'workflowBundle'>;
}

export interface LookOnly {
  /** Returns when nothing of it runs any more. */
  stop(): Promise<void>;
}

/** How often the plans folder is looked at: a template run goes with the namespace's retention, and plans change. */
const everyMs = 10 * 60_000;

/** What only reads. A run on this queue could not restore anything, whatever its input says. */
function harmless({ loadPlan, lookAtPlan }: Activities): Pick<Activities, 'loadPlan' | 'lookAtPlan'> {
  return { loadPlan, lookAtPlan };
}

/** Begins at once and in the background; whatever goes wrong is a warning, since recoveries do not need it. */
export function lookOnly(options: LookOnlyOptions): LookOnly {
  const { log } = options;
  let stopped = false;
  let worker: Worker | undefined;
  let timer: NodeJS.Timeout | undefined;
  const running = begin();
  return {
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      shutDown(worker);
      await running;
    },
  };

  async function begin(): Promise<void> {
    try {
      const { connection, namespace, identity, taskQueue, code, activities } = options;
      worker = await Worker.create({
        ...workerTuning,
        ...code,
        connection,
        namespace,
        identity,
        taskQueue: lookOnlyQueueOf(taskQueue),
        activities: harmless(activities),
        maxConcurrentActivityTaskExecutions: 4,
        maxCachedWorkflows: 10,
      });
      // One that never ran would hold the connection for ever.
      if (stopped) return await worker.runUntil(Promise.resolve());
      const polling = worker.run();
      timer = setInterval(() => void prepare(options, log), everyMs);
      await Promise.all([polling, prepare(options, log)]);
    } catch (error) {
      log('warn', "the UI's forms are not prepared", { why: sentence(error) });
    } finally {
      clearInterval(timer);
    }
  }
}

async function prepare(options: TemplateOptions, log: LogSink): Promise<void> {
  try {
    await prepareTemplates(options);
  } catch (error) {
    log('warn', "the UI's forms are not prepared", { why: sentence(error) });
  }
}

/** A worker that has ended, or was told to, refuses to be told once more. */
function shutDown(worker: Worker | undefined): void {
  if (worker?.getState() === 'RUNNING') worker.shutdown();
}

function sentence(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
}
