/**
 * A Temporal of its own with its real UI, a worker over fake activities on the queue that the UI's forms name, and a
 * browser: what the browser tests play on.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { Activities } from '../../activities/index.ts';
import { lookOnly } from '../../src/look-only-worker.ts';
import { taskQueue } from '../../src/model/run.ts';
import { startEmbeddedTemporal } from '../../src/temporal-server.ts';
import { workerTuning } from '../../src/worker-tuning.ts';
import { bundleWorkflows } from './bundle.ts';
import { quietRuntime } from './quiet-runtime.ts';
import { openBrowser, type UiBrowser } from './ui-browser.ts';

export interface UiStage extends UiBrowser {
  readonly environment: TestWorkflowEnvironment;
  readonly uiUrl: string;
  /** State folder: the command line finds the server by it. */
  readonly folder: string;
}

/** Brings all of it up; `plansFolder` is where template runs are made from. */
export async function uiStage(activities: Activities, plansFolder: string): Promise<UiStage> {
  quietRuntime();
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-ui-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const end of closing.reverse()) await end();
  };
  try {
    const server = await startEmbeddedTemporal({ stateDir: folder, inMemory: true });
    closing.push(() => server.stop());
    const environment = await TestWorkflowEnvironment.createFromExistingServer(server);
    closing.push(() => environment.teardown());
    const { code } = await bundleWorkflows();
    const common = { connection: environment.nativeConnection, namespace: server.namespace, taskQueue };
    const worker = await Worker.create({
      ...workerTuning,
      ...common,
      workflowBundle: { code },
      activities: { ...activities },
    });
    const running = worker.run();
    closing.push(() => (worker.shutdown(), running));
    const log = (): void => undefined;
    const { client } = environment;
    const looking = lookOnly({
      ...common,
      client,
      plansFolder,
      log,
      identity: 'ui-stage',
      activities,
      code: { workflowBundle: { code } },
    });
    closing.push(() => looking.stop());
    const browser = await openBrowser();
    closing.push(() => browser.close());
    return { ...browser, environment, uiUrl: server.uiUrl, folder, close };
  } catch (error) {
    await close();
    throw error;
  }
}
