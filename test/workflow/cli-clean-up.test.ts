import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { drillSiteType, recoverSiteType, type RunView, taskQueue, viewQueryName } from '../../src/model/run.ts';
import { type EmbeddedServer, startEmbeddedTemporal } from '../../src/temporal-server.ts';
import { workerTuning } from '../../src/worker-tuning.ts';
import { runCli, type Ran } from '../support/cli.ts';
import { drillFakes } from '../support/drill-fakes.ts';
import { acted, aFullPlan, fakeActivities } from '../support/fake-activities.ts';
import '../support/provided.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';

const plan = aFullPlan({ drill: { cluster: 'practice', cleanUpMs: 60_000, keepForMs: 3_600_000 } });

// The command line always uses the queue `rekindle`, so this file has a server of its own.
describe('rekindle clean-up', { timeout: 240_000 }, () => {
  let folder: string;
  let server: EmbeddedServer;
  let environment: TestWorkflowEnvironment;

  beforeAll(async () => {
    quietRuntime();
    folder = await mkdtemp(join(tmpdir(), 'rekindle-cli-clean-up-'));
    server = await startEmbeddedTemporal({ stateDir: folder, inMemory: true });
    environment = await TestWorkflowEnvironment.createFromExistingServer(server);
  });
  afterAll(async () => {
    await environment.teardown();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const cli = (...args: string[]): Promise<Ran> => runCli(args, { REKINDLE_STATE: folder }, folder);
  const cleanUp = (...args: string[]): Promise<Ran> => cli('clean-up', ...args, '--reason', 'terminated');
  const withWorker = async <T>(activities: object, work: () => Promise<T>): Promise<T> => {
    const worker = await Worker.create({
      ...workerTuning,
      connection: environment.nativeConnection,
      namespace: 'default',
      taskQueue,
      workflowBundle: { codePath: inject('workflowBundle') },
      activities: { ...activities },
    });
    return worker.runUntil(work);
  };
  const start = (type: string, workflowId: string): Promise<WorkflowHandle> =>
    environment.client.workflow.start(type, { taskQueue, workflowId, args: [{ plan: 'toy', onFailure: 'hold' }] });
  const untilState = async (handle: WorkflowHandle, state: string): Promise<string> => {
    let seen: RunView | undefined;
    await expect
      .poll(async () => (seen = await handle.query<RunView>(viewQueryName)).state, { timeout: 20_000 })
      .toBe(state);
    return seen?.recovery ?? '';
  };

  it('tells a drill that stands; one that was terminated is removed by a run of its own, by whatever name', async () => {
    const { activities, calls } = drillFakes(plan);

    await withWorker(activities, async () => {
      const standing = await start(drillSiteType, 'drill-1');
      await untilState(standing, 'standing');
      expect(await cleanUp('drill-1')).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('the drill is being cleaned up (workflow drill-1)'),
      });
      await standing.result();

      const lost = await start(drillSiteType, 'drill-2');
      const recovery = await untilState(lost, 'standing');
      await lost.terminate('by the test');
      const cleaned = await cleanUp('drill-2', '--by', 'ana');
      expect(cleaned).toMatchObject({ code: 0 });
      expect(cleaned.stdout.split('\n').slice(0, 3)).toEqual([
        `drill ${recovery} of plan toy, begun 2026-11-20T03:00:00.000Z: what it had left in cluster practice`,
        'asked for by ana (stated): terminated',
        'clean: true; a last look found nothing of it, after 1.0 s',
      ]);
      expect(cleaned.stderr).toContain(`workflow clean-up-${recovery}-`);

      // The run of its own is no drill's: by the site's name it is the worker that knows what is meant.
      const bySite = await cleanUp('toy', '--detach');
      expect(bySite).toMatchObject({ code: 0, stdout: expect.stringMatching(/^clean-up-toy-/) });
      await environment.client.workflow.getHandle(bySite.stdout.trim()).result();
    });

    expect(calls.filter((call) => call === 'cleanUpDrill')).toHaveLength(3);
  });

  it('ends with 4 where something is left, and names what holds it; the drill’s own report is still shown', async () => {
    const left = { kind: 'Namespace', name: 'shop', why: 'is being deleted, held by finalizer example.org/hold' };
    const { activities } = drillFakes(plan, {
      cleanUpDrill: async () => acted({ clean: false, left: [left], leftCut: 0, seconds: 30, notes: [] }),
    });

    await withWorker(activities, async () => {
      const drill = await start(drillSiteType, 'drill-3');
      const recovery = await untilState(drill, 'standing');
      await cleanUp('drill-3');
      await drill.result();

      const cleaned = await cleanUp(recovery);
      expect(cleaned.code).toBe(4);
      expect(cleaned.stdout).toContain('clean: false; after 30.0 s 1 object is left');
      expect(cleaned.stdout).toContain('Namespace shop: is being deleted, held by finalizer example.org/hold');

      const report = await cli('report', recovery);
      expect(report).toMatchObject({ code: 4, stdout: expect.stringContaining('recovered-with-exceptions') });
    });
  });

  it('is refused while the drill is open and does not stand, with its link', async () => {
    const { activities, calls } = drillFakes(plan, {
      awaitStage: async () => acted({ state: 'failed', reason: 'X', message: 'y', retry: 'again' }),
    });

    await withWorker(activities, async () => {
      const drill = await start(drillSiteType, 'drill-4');
      await untilState(drill, 'held');
      const refused = await cleanUp('drill-4');

      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toMatch(
        /^rekindle: cleanUp was refused: the drill does not stand for people to look at: .* \(http:\/\/\S+\/workflows\/drill-4\/\S+\)\n$/,
      );
      expect(calls).not.toContain('cleanUpDrill');
      await drill.terminate();
    });
  });

  it('refuses in one sentence what is no drill, and what nobody would do', async () => {
    await withWorker(fakeActivities(aFullPlan()).activities, async () => {
      const { recovery } = (await (await start(recoverSiteType, 'recover-1')).result()) as { recovery: string };
      const [ofRecovery, nonsense] = [await cleanUp(recovery), await cleanUp('Book Store')];

      expect(ofRecovery).toMatchObject({
        code: 2,
        stderr: `rekindle: ${recovery} is a recovery, no drill: what it restored stays\n`,
      });
      expect(nonsense).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^rekindle: "Book Store" is neither a drill's recovery id, .*\n$/),
      });
    });
  });
});
