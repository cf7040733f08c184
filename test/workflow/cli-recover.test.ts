import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type RunView, taskQueue } from '../../src/model/run.ts';
import { type EmbeddedServer, startEmbeddedTemporal } from '../../src/temporal-server.ts';
import { workerTuning } from '../../src/worker-tuning.ts';
import { runCli, startCli, type Ran } from '../support/cli.ts';
import { acted, aFullPlan, aPlan, aStep, type Fakes, fakeActivities, rowsAreBack } from '../support/fake-activities.ts';
import '../support/provided.ts';

/** What these tests read of a report, a status or a start; the schema of each is the type it is made from. */
interface Answer {
  readonly recovery: string;
  readonly workflowId: string;
  readonly tiers: readonly unknown[];
  readonly decisions: readonly unknown[];
  readonly view?: RunView;
  readonly earlier?: readonly unknown[];
}

// The command line always uses the queue `rekindle`, so this file has a server of its own.
describe('the command line on a real Temporal', { timeout: 120_000 }, () => {
  let folder: string;
  let server: EmbeddedServer;
  let environment: TestWorkflowEnvironment;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rekindle-cli-'));
    server = await startEmbeddedTemporal({ stateDir: folder, inMemory: true });
    environment = await TestWorkflowEnvironment.createFromExistingServer(server);
  });
  afterAll(async () => {
    await environment.teardown();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const cli = (...args: string[]): Promise<Ran> => runCli(args, { REKINDLE_STATE: folder }, folder);
  const json = (text: string): Answer => JSON.parse(text) as Answer;
  const withWorker = async <T>(fakes: Fakes, work: () => Promise<T>): Promise<T> => {
    const worker = await Worker.create({
      ...workerTuning,
      connection: environment.nativeConnection,
      namespace: 'default',
      taskQueue,
      workflowBundle: { codePath: inject('workflowBundle') },
      activities: { ...fakes.activities },
    });
    return worker.runUntil(work);
  };
  /** Until `status -o json` of the run says what is wanted. */
  const untilState = async (run: string, state: string): Promise<Answer> => {
    for (let look = 0; look < 30; look += 1) {
      const seen = await cli('status', run, '-o', 'json');
      const answer = seen.stdout === '' ? undefined : json(seen.stdout);
      if (answer?.view?.state === state) return answer;
    }
    throw new Error(`${run} never became ${state}: ${(await cli('status', run)).stdout}`);
  };
  const failsOnce = () =>
    fakeActivities(aPlan({ databases: [aStep('orders', { checks: [rowsAreBack] })] }), {
      awaitStage: async ({ generation }) =>
        acted(
          generation === 1
            ? { state: 'failed', reason: 'PartiallyFailed', message: 'two items are missing', retry: 'again' }
            : { state: 'succeeded', evidence: ['Restore velero/x Completed'], notes: [] },
        ),
    });

  it('says within seconds that no worker polls, and starts nothing', async () => {
    const begun = Date.now();

    const ran = await cli('recover', 'toy');

    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(
      /^rekindle: no worker polls task queue rekindle at 127\.0\.0\.1:\d+ \(namespace default\), so nothing was started/,
    );
    expect(Date.now() - begun).toBeLessThan(20_000);
    expect(json((await cli('status', '-o', 'json')).stdout)).toEqual([]);
  });

  it('follows a run to its end, prints the report alone on standard output, and finds it again by its recovery id', async () => {
    await withWorker(fakeActivities(aFullPlan()), async () => {
      const ran = await cli('recover', 'toy', '-o', 'json', '--reason', 'it is gone', '--workflow-id', 'good-run');

      expect(ran.code).toBe(0);
      const report = json(ran.stdout);
      expect(report).toMatchObject({ outcome: 'recovered', plan: 'toy', requestedReason: 'it is gone' });
      expect(report.tiers).toHaveLength(8);
      expect(ran.stderr).toMatch(
        /workflow good-run {2}http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\/good-run\//,
      );

      const again = await cli('report', report.recovery, '-o', 'json');
      expect(json(again.stdout)).toEqual(report);
      const markdown = await cli('report', 'good-run', '-o', 'md');
      expect(markdown.stdout).toContain(`Recovery \`${report.recovery}\` by plan \`toy\``);
      expect((await cli('report', 'good-run', '-o', 'html')).stdout).toMatch(/^<!doctype html>[^]*◆ the-databases/);
      expect((await cli('report', 'good-run', '-o', 'junit')).stdout).toContain('classname="toy.databases"');
      const status = await cli('status', report.recovery);
      expect(status).toMatchObject({ code: 0 });
      expect(status.stdout).toMatch(/^recovered {2}toy-/);
    });
  });

  it('compares with the earlier runs of the plan that Temporal knows', async () => {
    await withWorker(fakeActivities(aFullPlan()), async () => {
      const before = json((await cli('recover', 'toy', '-o', 'json', '--workflow-id', 'before')).stdout);
      await cli('recover', 'toy', '--workflow-id', 'after');

      const { earlier } = json((await cli('report', 'after', '-o', 'json')).stdout);

      expect(earlier?.[0]).toMatchObject({
        recovery: before.recovery,
        outcome: 'recovered',
        tiers: { databases: expect.any(Number) },
      });
      expect((await cli('report', 'after', '-o', 'md')).stdout).toContain('## Compared with earlier runs');
    });
  });

  it('leaves a held run with exit code 5 in a pipe, shows what to type, and takes the decision', async () => {
    await withWorker(failsOnce(), async () => {
      const ran = await cli('recover', 'toy', '-o', 'json', '--workflow-id', 'held-run');

      expect(ran.code).toBe(5);
      expect(json(ran.stdout)).toMatchObject({ state: 'held', holds: [{ step: 'orders', reason: 'PartiallyFailed' }] });
      expect(ran.stderr).toMatch(/held: databases\/orders: PartiallyFailed: two items are missing/);
      expect(ran.stderr).toMatch(/rekindle retry orders --run toy-\w+ --reason "…" --mode again\|wait/);

      expect((await cli('status', 'held-run')).code).toBe(5);
      expect(await cli('retry', 'catalog', '--reason', 'x')).toMatchObject({
        code: 2,
        stderr: 'rekindle: retryStep was refused: step "catalog" is not held; held now: orders\n',
      });
      const approved = await cli('approve', '--reason', 'x');
      expect(approved).toMatchObject({ code: 2 });
      expect(approved.stderr).toMatch(
        /^rekindle: approve was refused: the run is not waiting for an approval: it is held/,
      );
      expect(await cli('retry', 'orders', '--mode', 'again', '--reason', 'Velero was down')).toMatchObject({ code: 0 });

      const end = await cli('status', 'held-run', '--follow', '-o', 'json');
      expect(end.code).toBe(0);
      expect(json(end.stdout).decisions).toMatchObject([
        {
          kind: 'retryStep',
          step: 'orders',
          mode: 'again',
          by: expect.stringMatching(/^ana@/),
          reason: 'Velero was down',
        },
      ]);
    });
  });

  it('pauses, skips and resumes by commands; an open run that is not paused is left alone, with its link', async () => {
    await withWorker(failsOnce(), async () => {
      const { recovery } = json((await cli('recover', 'toy', '-o', 'json', '--workflow-id', 'steered-run')).stdout);

      const early = await cli('resume', recovery, '--reason', 'x');
      expect(early.code).toBe(2);
      expect(early.stderr).toMatch(
        /^rekindle: recovery toy-\w+ is open and not paused, it is held: workflow steered-run, http:\S+; `rekindle status toy-\w+` shows what it waits for\n$/,
      );
      expect((await cli('pause', recovery, '--reason', 'wait a moment')).code).toBe(0);
      expect(await cli('skip', 'orders', '--reason', 'x')).toMatchObject({
        code: 2,
        stderr:
          'rekindle: skipStep was refused: skipStep leaves data of tier databases out: it needs "confirm": "orders", the step\'s name once more\n',
      });
      expect((await cli('skip', 'orders', '--confirm', 'orders', '--reason', 'rebuilt by hand')).code).toBe(0);
      expect((await untilState('steered-run', 'paused')).view?.paused).toMatchObject({ reason: 'wait a moment' });

      const end = await cli('resume', recovery, '--reason', 'looked at it', '-o', 'json');
      expect(end.code).toBe(6);
      expect(json(end.stdout).decisions).toMatchObject([
        { kind: 'pause' },
        { kind: 'skipStep', step: 'orders' },
        { kind: 'resume', reason: 'looked at it' },
      ]);
    });
  });

  it('starts an aborted recovery again by resume, and says what is wrong with one that nobody knows', async () => {
    const known: unknown[] = [];
    const fakes = failsOnce();
    const { loadPlan } = fakes.activities;
    fakes.activities.loadPlan = (input) => {
      known.push(input.input);
      return loadPlan(input);
    };
    await withWorker(fakes, async () => {
      const { recovery } = json((await cli('recover', 'toy', '-o', 'json', '--workflow-id', 'ended-run')).stdout);
      expect((await cli('abort', recovery, '--reason', 'storage is away')).code).toBe(0);
      expect((await cli('status', recovery, '--follow')).code).toBe(3);

      const again = ['--reason', 'once more', '--detach', '--workflow-id', 'again-run'];
      expect((await cli('resume', recovery, ...again)).code).toBe(0);
      expect((await cli('resume', 'toy', '--reason', 'x')).stderr).toContain('not a recovery id; they look like');
      await untilState('again-run', 'held');
      expect(known.at(-1)).toEqual({ resume: recovery, reason: 'once more' });
      // An open run that nobody works on would be in the way of verbs that name none.
      expect((await cli('abort', 'again-run', '--reason', 'enough')).code).toBe(0);
      expect((await cli('status', 'again-run', '--follow')).code).toBe(3);
    });
  });

  it('aborts by a command: exit code 3, the report still printed, and the run closed as failed', async () => {
    await withWorker(failsOnce(), async () => {
      await cli('recover', 'toy', '--workflow-id', 'aborted-run');

      expect(await cli('abort', 'aborted-run', '--reason', 'wrong backup', '--by', 'bo')).toMatchObject({ code: 0 });
      const end = await cli('report', 'aborted-run', '-o', 'json');
      for (let look = 0; look < 20 && end.code === 1; look += 1)
        Object.assign(end, await cli('report', 'aborted-run', '-o', 'json'));

      expect(end.code).toBe(3);
      expect(json(end.stdout)).toMatchObject({ outcome: 'aborted', decisions: [{ kind: 'abort', by: 'bo' }] });
      expect(await cli('abort', 'aborted-run', '--reason', 'once more')).toMatchObject({
        code: 2,
        stderr: 'rekindle: aborted-run has ended: `rekindle report aborted-run` shows how\n',
      });
    });
  });

  it('ends an unattended run that fails with exit code 3 and says why', async () => {
    await withWorker(failsOnce(), async () => {
      const ran = await cli('recover', 'toy', '--on-failure', 'abort');

      expect(ran.code).toBe(3);
      expect(ran.stdout).toMatch(/^failed {2}toy-/);
      expect(ran.stdout).toContain('two items are missing');
    });
  });

  it('waits for an approval in a pipe, and goes on when it comes', async () => {
    const plan = aFullPlan({ approval: { beforePhaseTwo: true } });
    await withWorker(fakeActivities(plan), async () => {
      const following = startCli(['recover', 'toy', '--workflow-id', 'asking-run'], { REKINDLE_STATE: folder }, folder);
      // It looks every two seconds: what it has not seen before the approval it will not say.
      await following.said('state: awaiting-approval');

      expect((await cli('approve', '--reason', 'looked at it')).code).toBe(0);

      expect((await following.ended).code).toBe(0);
    });
  });

  it('says of an approval whether it counts: it waits until it is known who called', async () => {
    const approvers = [{ name: 'ana', identity: 'ana@corp' }];
    const plan = aFullPlan({ approval: { beforePhaseTwo: true, approvers, trustStatedNames: false } });
    const callers = ['eve@laptop', 'ana@corp'];
    const fakes = fakeActivities(plan, {
      readCaller: async () => {
        await sleep(2_000);
        return acted({ identity: callers.shift() ?? 'nobody' });
      },
    });
    await withWorker(fakes, async () => {
      await cli('recover', 'toy', '--workflow-id', 'looked-at-run', '--detach');
      await untilState('looked-at-run', 'awaiting-approval');
      const approve = (): Promise<Ran> => cli('approve', 'looked-at-run', '--by', 'ana', '--reason', 'looked at it');

      const voided = await approve();
      expect(voided).toMatchObject({ code: 2, stdout: '' });
      expect(voided.stderr).toBe(
        'rekindle: approve was voided and does not count: ana was stated, and Temporal recorded eve@laptop as the caller where ana@corp was expected\n',
      );

      const counted = await approve();
      expect(counted).toMatchObject({ code: 0 });
      expect(counted.stdout).toMatch(/^approved \(workflow looked-at-run\)/);
    });
  });

  it('says why not yet, from the heartbeat of the activity that waits', async () => {
    const plan = aPlan({ databases: [aStep('orders')] });
    const { Context } = await import('@temporalio/activity');
    let seen = false;
    const fakes = fakeActivities(plan, {
      awaitStage: async () => {
        const waiting = {
          worker: 'w',
          at: new Date().toISOString(),
          tier: 'databases',
          step: 'orders',
          waitsFor: 'restore',
          reason: 'queued behind Restore velero/other',
        };
        Context.current().heartbeat(waiting);
        while (!seen) {
          Context.current().heartbeat({ ...waiting, at: new Date().toISOString() });
          await Context.current().sleep(200);
        }
        return acted({ state: 'succeeded', evidence: ['Completed'], notes: [] });
      },
    });
    await withWorker(fakes, async () => {
      const started = json((await cli('recover', 'toy', '--detach', '-o', 'json')).stdout);
      expect(started).toMatchObject({
        workflowId: expect.stringMatching(/^recover-toy-/),
        link: expect.stringContaining('http'),
      });

      let page = '';
      for (let look = 0; look < 10 && !page.includes('queued behind'); look += 1)
        page = (await cli('status', started.workflowId)).stdout;

      expect(page).toMatch(/orders\s+restoring\s+restore: queued behind Restore velero\/other \(as of .* ago\)/);
      const list = await cli('status');
      expect(list.stdout).toMatch(
        /RECOVERY\s+PLAN\s+STATE\s+TIER\s+STARTED\s+WORKFLOW\ntoy-\w+\s+toy\s+phase-one\s+databases/,
      );
      seen = true;
      await cli('status', started.workflowId, '--follow');
    });
  });

  it('ends with exit code 2 where the worker refuses the plan, and before anything is started where it can', async () => {
    const { ApplicationFailure } = await import('@temporalio/common');
    const fakes = fakeActivities(aFullPlan(), {
      loadPlan: async () => {
        throw ApplicationFailure.nonRetryable('unknown plan "toi", did you mean "toy"?', 'PlanInvalid');
      },
    });
    await withWorker(fakes, async () => {
      const refused = await cli('recover', 'toi');
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(/rekindle: PlanInvalid: unknown plan "toi", did you mean "toy"\?\n$/);

      expect(await cli('recover', 'toy', '--disaster-at', 'yesterday')).toMatchObject({
        code: 2,
        stderr: 'rekindle: --disaster-at "yesterday" is not a time: write it as 2026-11-21T04:30:00Z\n',
      });
    });
  });

  it('knows no run by a name that is nobody’s', async () => {
    const ran = await cli('status', 'nobody-1234');

    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/^rekindle: no recovery and no workflow is called nobody-1234/);
  });
});
