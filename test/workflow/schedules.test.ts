import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import { taskQueue } from '../../src/model/run.ts';
import { type EmbeddedServer, startEmbeddedTemporal } from '../../src/temporal-server.ts';
import { workerTuning } from '../../src/worker-tuning.ts';
import { runCli, type Ran } from '../support/cli.ts';
import { acted, aPlan, aStep, fakeActivities } from '../support/fake-activities.ts';
import '../support/provided.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';

const smallest = join(import.meta.dirname, '../../plans/examples/smallest.yaml');

// The command line always uses the queue `rekindle`, so this file has a server of its own.
describe('rekindle schedule', { timeout: 120_000 }, () => {
  let folder: string;
  let server: EmbeddedServer;
  let environment: TestWorkflowEnvironment;

  beforeAll(async () => {
    quietRuntime();
    folder = await mkdtemp(join(tmpdir(), 'rekindle-schedules-'));
    await mkdir(join(folder, 'plans'));
    const text = await readFile(smallest, 'utf8');
    await writeFile(join(folder, 'plans/no-drill.yaml'), text.replace('name: smallest', 'name: no-drill'));
    await writeFile(
      join(folder, 'plans/smallest.yaml'),
      text.replace('  tiers:', '  drill: { cluster: practice }\n  tiers:'),
    );
    server = await startEmbeddedTemporal({ stateDir: folder, inMemory: true });
    environment = await TestWorkflowEnvironment.createFromExistingServer(server);
  });
  afterAll(async () => {
    await environment.teardown();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const cli = (...args: string[]): Promise<Ran> => runCli(args, { REKINDLE_STATE: folder }, folder);
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
  const listed = async () => JSON.parse((await cli('schedule', 'list', '-o', 'json')).stdout) as object[];

  it('makes one, lists it with its next time, pauses, resumes and deletes it', async () => {
    const made = await cli('schedule', 'create', 'smallest', '--cron', '0 3 * * 6', '--timezone', 'Europe/Berlin');

    expect(made).toMatchObject({
      code: 0,
      stdout: 'rekindle-drill-smallest  rehearses plan smallest on its drill cluster, cron 0 3 * * 6 (Europe/Berlin)\n',
    });
    expect(made.stderr).toBe(`${server.uiUrl}/namespaces/default/schedules/rekindle-drill-smallest\n`);
    expect(await listed()).toMatchObject([
      {
        scheduleId: 'rekindle-drill-smallest',
        plan: 'smallest',
        what: 'drill',
        when: 'cron 0 3 * * 6 (Europe/Berlin)',
        paused: false,
        next: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ]);
    const { action, policies } = await environment.client.schedule.getHandle('rekindle-drill-smallest').describe();
    expect(action).toMatchObject({ workflowType: 'drillSite', args: [{ plan: 'smallest', onFailure: 'abort' }] });
    expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 3_600_000 });

    expect(await cli('schedule', 'create', 'smallest', '--every', '7d')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^rekindle: there is a Schedule rekindle-drill-smallest already: delete it first/),
    });
    expect(await cli('schedule', 'pause', 'smallest', '--reason', 'the cluster is being rebuilt')).toMatchObject({
      code: 0,
    });
    expect(await listed()).toMatchObject([{ paused: true, note: expect.stringMatching(/^the cluster .* \(ana@/) }]);
    expect((await cli('schedule', 'list')).stdout).toMatch(/rekindle-drill-smallest +smallest +drill .* paused +–\n$/);
    expect(await cli('schedule', 'resume', 'rekindle-drill-smallest')).toMatchObject({ code: 0 });
    expect(await cli('schedule', 'delete', 'smallest')).toMatchObject({ code: 0 });
    expect(await listed()).toEqual([]);
    expect(await cli('schedule', 'delete', 'smallest')).toMatchObject({
      code: 2,
      stderr:
        'rekindle: no Schedule is called smallest, and no plan of a Schedule (there is none): `rekindle schedule list` shows all\n',
    });
  });

  it('refuses in one sentence a plan that is not valid, and makes nothing', async () => {
    await writeFile(join(folder, 'plans/broken.yaml'), 'kind: RestorePlan\n');

    const refused = await cli('schedule', 'create', 'broken', '--every', '7d');

    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/^rekindle: [^\n]*broken\.yaml[^\n]*\n$/);
    expect(await cli('schedule', 'create', 'no-drill', '--every', '7d')).toMatchObject({
      code: 2,
      stderr:
        'rekindle: plan no-drill has no section drill, so there is no cluster to rehearse it on: write spec.drill.cluster, or schedule a look (--what look)\n',
    });
    expect(await listed()).toEqual([]);
  });

  it('triggers a paused one, says what runs, and does not start a second one beside it', async () => {
    let mayEnd = false;
    const { Context } = await import('@temporalio/activity');
    const fakes = fakeActivities(aPlan({ databases: [aStep('orders')] }), {
      awaitStage: async () => {
        while (!mayEnd) {
          Context.current().heartbeat();
          await Context.current().sleep(100);
        }
        return acted({ state: 'succeeded', evidence: ['Completed'], notes: [] });
      },
    });
    await withWorker(fakes.activities, async () => {
      await cli('schedule', 'create', 'smallest', '--what', 'recovery');

      const triggered = await cli('schedule', 'trigger', 'smallest', '-o', 'json');

      expect(triggered.code).toBe(0);
      const { workflowId } = JSON.parse(triggered.stdout) as { readonly workflowId: string };
      expect(workflowId).toMatch(/^recover-smallest-/);
      expect(await cli('schedule', 'trigger', 'smallest')).toMatchObject({
        code: 2,
        stderr: `rekindle: rekindle-recovery-smallest has a run that is still open, ${workflowId}: a second one is not started beside it\n`,
      });
      mayEnd = true;
      await environment.client.workflow.getHandle(workflowId).result();
      await cli('schedule', 'delete', 'smallest');
    });
  });

  it('starts a run that ends as PlanInvalid when the plan is no longer valid', async () => {
    const clusters = { contexts: [], client: () => expect.unreachable(), close: () => Promise.resolve() };
    const activities = createActivities({
      clusters,
      plansFolder: join(folder, 'plans'),
      identity: 'w',
      temporal: { address: server.address, namespace: 'default' },
      client: environment.client,
      searchAttributes: true,
      log: { info: () => undefined, warn: () => undefined },
    });
    await withWorker(activities, async () => {
      await cli('schedule', 'create', 'smallest', '--what', 'look', '--paused');
      await writeFile(join(folder, 'plans/smallest.yaml'), 'kind: RestorePlan\n');

      const { stdout } = await cli('schedule', 'trigger', 'smallest');

      const failed = await environment.client.workflow
        .getHandle(stdout.trim())
        .result()
        .catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(WorkflowFailedError);
      expect(failed).toMatchObject({
        cause: { type: 'PlanInvalid', message: expect.stringContaining('smallest.yaml') },
      });
    });
  });
});
