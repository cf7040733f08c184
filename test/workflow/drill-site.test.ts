import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  ApplicationFailure,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { describe, expect, inject, it } from 'vitest';
import type { CleanUpReport, Report } from '../../src/model/report.ts';
import type { CleanUpInput } from '../../src/model/request.ts';
import { drillSiteType, type RunView, updateNames, viewQueryName } from '../../src/model/run.ts';
import { drillFakes } from '../support/drill-fakes.ts';
import { acted, aFullPlan, aPlan, aStep, type Fakes, rowsAreBack } from '../support/fake-activities.ts';
import { untilView } from '../support/real-worker.ts';
import { useTemporal } from '../support/temporal.ts';

type Handle = WorkflowHandle<(input?: unknown) => Promise<Report>>;

const ana = { by: 'ana', reason: 'looked at it' };

const settings = { cluster: 'practice', cleanUpMs: 60_000 };

describe('drillSite', () => {
  const temporal = useTemporal();

  const run = async (fakes: Fakes, input: object, work: (handle: Handle) => Promise<void>): Promise<void> =>
    temporal.withWorker({ ...fakes.activities }, async () => {
      const handle: Handle = await temporal.client.workflow.start(drillSiteType, {
        taskQueue: temporal.taskQueue(),
        workflowId: temporal.workflowId(),
        args: [input],
      });
      try {
        await work(handle);
      } finally {
        await handle.terminate().catch(() => undefined);
      }
    });
  const until = async (handle: Handle, is: (seen: RunView) => boolean): Promise<RunView> => {
    for (let look = 0; look < 200; look += 1) {
      const seen = await handle.query<RunView>(viewQueryName);
      if (is(seen)) return seen;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`never came about: ${JSON.stringify(await handle.query<RunView>(viewQueryName))}`);
  };
  const cleanUp = (handle: Handle, input: unknown) =>
    handle.executeUpdate<string, [CleanUpInput]>(updateNames.cleanUp, { args: [input as CleanUpInput] });
  const failure = async (handle: Handle): Promise<ApplicationFailure> => {
    const error = await handle.result().then(
      () => undefined,
      (failed: unknown) => failed,
    );
    expect(error).toBeInstanceOf(WorkflowFailedError);
    return (error as WorkflowFailedError).cause as ApplicationFailure;
  };
  const reportIn = (failed: ApplicationFailure) => failed.details?.[0] as Report;

  it('does what a recovery does, gives way before it acts, cleans up before the lock is given back, and asks nobody', async () => {
    const plan = aFullPlan({ drill: settings, approval: { beforePhaseTwo: true } });
    const fakes = drillFakes(plan, {
      judgeDns: async () => acted(['DNSEndpoint web/shop (not restored): shop.example A 192.0.2.1']),
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      const report = await handle.result();

      expect(report.outcome).toBe('recovered');
      expect(report.cluster.context).toBe('practice');
      expect(report.siteDrill).toMatchObject({
        cluster: 'dr',
        approval: 'not asked',
        dns: ['DNSEndpoint web/shop (not restored): shop.example A 192.0.2.1'],
        cleanUp: { clean: true, left: [] },
      });
    });

    const outer = fakes.calls.filter((call) => !/^(startStage|awaitStage|awaitGate|awaitTogether)/.test(call));
    expect(outer).toEqual([
      ...['loadPlan', 'pinRecovery', 'refuseWhileRecovering', 'lockSite', 'preflight'],
      ...['refuseWhileRecovering', 'judgeDns', 'judgeCompleteness', 'cleanUpDrill', 'releaseSite recovered'],
    ]);
  });

  it('asks for the approval where its request says so', async () => {
    const plan = aFullPlan({ drill: settings, approval: { beforePhaseTwo: true } });

    await run(drillFakes(plan), { plan: 'toy', onApproval: 'wait' }, async (handle) => {
      await until(handle, ({ state }) => state === 'awaiting-approval');
      await handle.executeUpdate(updateNames.approve, { args: [ana] });

      expect((await handle.result()).siteDrill?.approval).toBe('asked');
    });
  });

  it('cleans up after a failure, and closes as failed with the report', async () => {
    const plan = aPlan({ databases: [aStep('orders', { checks: [rowsAreBack] })] }, { drill: settings });
    const fakes = drillFakes(plan, {
      awaitStage: async () =>
        acted({ state: 'failed', reason: 'ItemsMissing', message: 'two items are missing', retry: 'again' }),
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      const failed = await failure(handle);

      expect(failed.type).toBe('failed');
      expect(reportIn(failed).siteDrill?.cleanUp?.clean).toBe(true);
    });

    expect(fakes.calls.slice(-2)).toEqual(['cleanUpDrill', 'releaseSite failed']);
  });

  it('cleans up after a cancellation', async () => {
    const plan = aPlan({ databases: [aStep('orders')] }, { drill: settings });
    const fakes = drillFakes(plan, {
      awaitStage: async () => acted({ state: 'failed', reason: 'X', message: 'y', retry: 'again' }),
    });

    await run(fakes, { plan: 'toy', onFailure: 'hold' }, async (handle) => {
      await until(handle, ({ state }) => state === 'held');
      await handle.cancel();

      expect((await failure(handle)).type).toBe('aborted');
    });

    expect(fakes.calls.slice(-2)).toEqual(['cleanUpDrill', 'releaseSite aborted']);
  });

  it('says what is left where it could not clean up, and is no plain success then', async () => {
    const left: CleanUpReport = {
      clean: false,
      left: [{ kind: 'Namespace', name: 'shop', why: 'is being deleted, held by finalizer example.org/hold' }],
      leftCut: 2,
      seconds: 60,
      notes: [],
    };
    const fakes = drillFakes(aFullPlan({ drill: settings }), { cleanUpDrill: async () => acted(left) });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      const report = await handle.result();

      expect(report.outcome).toBe('recovered-with-exceptions');
      expect(report.because).toBe(
        'the drill is not cleaned up: Namespace shop: is being deleted, held by finalizer example.org/hold; and 2 more',
      );
      expect(report.siteDrill?.cleanUp).toEqual(left);
    });
  });

  it('is inconclusive where no check asserts data', async () => {
    const plan = aPlan({ databases: [aStep('orders')] }, { drill: settings });

    await run(drillFakes(plan), { plan: 'toy' }, async (handle) => {
      expect((await handle.result()).outcome).toBe('inconclusive');
    });
  });

  it('stands for people to look at, and is cleaned up when somebody says so', async () => {
    const plan = aFullPlan({ drill: { ...settings, keepForMs: 3_600_000 } });
    const fakes = drillFakes(plan);

    await run(fakes, { plan: 'toy' }, async (handle) => {
      const seen = await until(handle, ({ state }) => state === 'standing');
      expect(Date.parse(seen.standsUntil ?? '')).toBeGreaterThan(Date.now() + 3_000_000);
      expect(fakes.calls).not.toContain('cleanUpDrill');
      await expect(cleanUp(handle, { by: 'ana' })).rejects.toBeInstanceOf(WorkflowUpdateFailedError);

      await cleanUp(handle, ana);
      const report = await handle.result();

      expect(report.outcome).toBe('recovered');
      expect(report.siteDrill?.stoodSeconds).toBeGreaterThan(0);
      expect(report.decisions).toMatchObject([{ kind: 'cleanUp', by: 'ana', identity: 'who@host' }]);
    });
  });

  it('stands as long as its request says, and then cleans up by itself', async () => {
    const plan = aFullPlan({ drill: { ...settings, keepForMs: 3_600_000 } });
    const fakes = drillFakes(plan);

    await run(fakes, { plan: 'toy', keepFor: '1s' }, async (handle) => {
      const report = await handle.result();

      expect(report.siteDrill?.stoodSeconds).toBeGreaterThanOrEqual(1);
      expect(report.siteDrill?.cleanUp?.clean).toBe(true);
    });
  });

  it('stands on over the death of its worker, and the next one cleans up when the time is over', async () => {
    const script = fileURLToPath(new URL('../support/crash-worker.ts', import.meta.url));
    const { address, namespace } = inject('temporal');
    const first = spawn(process.execPath, [script, address, namespace, temporal.taskQueue(), 'drill'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = once(first, 'exit');
    await once(first.stdout, 'data');
    const handle: Handle = await temporal.client.workflow.start(drillSiteType, {
      taskQueue: temporal.taskQueue(),
      workflowId: temporal.workflowId(),
      args: [{ plan: 'toy', keepFor: '15s' }],
    });
    const { standsUntil = '' } = await untilView(handle, ({ state }) => state === 'standing');
    first.kill('SIGKILL');
    await gone;

    let cleanedAt = 0;
    const second = drillFakes(aFullPlan({ drill: settings }), {
      cleanUpDrill: async () => {
        cleanedAt = Date.now();
        return acted({ clean: true, left: [], leftCut: 0, seconds: 1, notes: [] });
      },
    });
    const report = await temporal.withWorker({ ...second.activities }, () => handle.result());

    expect(report.outcome).toBe('recovered');
    expect(report.siteDrill?.cleanUp?.clean).toBe(true);
    expect(second.calls).toEqual(['cleanUpDrill', 'releaseSite recovered']);
    expect(cleanedAt).toBeGreaterThanOrEqual(Date.parse(standsUntil));
    // A workflow task that the dead worker had taken is missed after ten seconds.
    expect(cleanedAt).toBeLessThan(Date.parse(standsUntil) + 30_000);
  }, 120_000);

  it('is cleaned up at once when it is cancelled while it stands: a recovery of the site goes first', async () => {
    const fakes = drillFakes(aFullPlan({ drill: { ...settings, keepForMs: 3_600_000 } }));

    await run(fakes, { plan: 'toy' }, async (handle) => {
      await until(handle, ({ state }) => state === 'standing');
      await handle.cancel();

      expect((await handle.result()).outcome).toBe('recovered');
    });

    expect(fakes.calls.slice(-2)).toEqual(['cleanUpDrill', 'releaseSite recovered']);
  });

  it('refuses a clean-up before it stands', async () => {
    const plan = aPlan({ databases: [aStep('orders')] }, { drill: settings });
    const fakes = drillFakes(plan, {
      awaitStage: async () => acted({ state: 'failed', reason: 'X', message: 'y', retry: 'again' }),
    });

    await run(fakes, { plan: 'toy', onFailure: 'hold' }, async (handle) => {
      await until(handle, ({ state }) => state === 'held');
      const error = await cleanUp(handle, ana).catch((refused: unknown) => refused);

      expect((error as WorkflowUpdateFailedError).cause?.message).toContain('the drill does not stand');
    });
  });

  it('ends as SiteBusy, with nothing touched, while the site is being recovered', async () => {
    const busy = ApplicationFailure.nonRetryable('site toy is being recovered (workflow r-1)', 'SiteBusy');
    const fakes = drillFakes(aFullPlan({ drill: settings }), {
      refuseWhileRecovering: async () => Promise.reject(busy),
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      const failed = await failure(handle);

      expect(failed.type).toBe('SiteBusy');
      expect(failed.message).toContain('is being recovered');
    });

    expect(fakes.calls).toEqual(['loadPlan', 'pinRecovery', 'refuseWhileRecovering']);
  });
});
