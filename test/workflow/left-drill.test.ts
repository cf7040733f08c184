import { ApplicationFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import type { CleanedUp } from '../../src/model/cleaned-up.ts';
import type { CleanUpReport } from '../../src/model/report.ts';
import { drillSiteType, type RunView, updateNames, viewQueryName } from '../../src/model/run.ts';
import { drillFakes, leftDrillStartedAt } from '../support/drill-fakes.ts';
import { acted, aFullPlan, type Fakes } from '../support/fake-activities.ts';
import { useTemporal } from '../support/temporal.ts';

type Handle = WorkflowHandle<(input?: unknown) => Promise<CleanedUp>>;

const recovery = 'toy-abcdefgh';
const plan = aFullPlan({ drill: { cluster: 'practice', cleanUpMs: 60_000 } });
const request = { cleanUp: recovery, by: 'ana', reason: 'it was terminated' };

const somethingLeft: CleanUpReport = {
  clean: false,
  left: [{ kind: 'Namespace', name: 'shop', why: 'is being deleted, held by finalizer example.org/hold' }],
  leftCut: 2,
  seconds: 60,
  notes: [],
};

describe('drillSite with {"cleanUp"}', () => {
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
  const failure = async (handle: Handle): Promise<ApplicationFailure> => {
    const error = await handle.result().catch((failed: unknown) => failed);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    return (error as WorkflowFailedError).cause as ApplicationFailure;
  };

  it('takes the lock, removes what is left, gives the lock back, restores nothing and says that it is clean', async () => {
    const asked: object[] = [];
    const fakes = drillFakes(plan, {
      lockSite: async () =>
        acted({
          ...{ firstWriteAt: leftDrillStartedAt, steps: {}, earlier: [], firstDecision: 0 },
          tookOver: `the lock of recovery ${recovery}, whose run is closed`,
        }),
      cleanUpDrill: async (input) => {
        asked.push(input);
        return acted({ clean: true, left: [], leftCut: 0, seconds: 7, notes: [] });
      },
    });

    await run(fakes, request, async (handle) => {
      expect(await handle.result()).toMatchObject({
        cleanedUp: true,
        message: `what drill ${recovery} had left in practice is gone`,
        recovery,
        ...{ plan: 'toy', site: 'toy', drillStartedAt: leftDrillStartedAt },
        cluster: { context: 'practice' },
        askedBy: { by: 'ana', reason: 'it was terminated' },
        tookOver: `took over the lock of recovery ${recovery}, whose run is closed`,
        cleanUp: { clean: true, left: [], seconds: 7 },
      });
      expect((await handle.describe()).memo).toMatchObject({ recovery, site: 'toy' });
    });

    expect(asked).toMatchObject([
      { run: { recovery, cluster: { context: 'practice' } }, late: true, timeoutMs: 60_000 },
    ]);
    expect(fakes.calls).toEqual([
      ...['loadPlan', 'pinRecovery', 'lockSite', 'noteDecision cleanUp', 'cleanUpDrill', 'releaseSite cleaned up'],
    ]);
  });

  it('closes as failed where something is left, with what holds it, and gives the lock back all the same', async () => {
    const fakes = drillFakes(plan, { cleanUpDrill: async () => acted(somethingLeft) });

    await run(fakes, { cleanUp: recovery }, async (handle) => {
      const failed = await failure(handle);

      expect(failed.type).toBe('failed');
      expect(failed.message).toBe(
        `drill ${recovery} is not cleaned up: Namespace shop: is being deleted, held by finalizer example.org/hold; and 2 more`,
      );
      expect(failed.details?.[0]).toMatchObject({ cleanedUp: true, cleanUp: somethingLeft });
    });

    expect(fakes.calls.slice(-1)).toEqual(['releaseSite not cleaned up']);
  });

  it('puts back what the drill had stopped, and is no success where it could not', async () => {
    const quiesced = { kind: 'Schedule', namespace: 'velero', name: 'nightly' };
    const stopping = {
      ...plan,
      quiesce: [{ kind: 'Schedule', namespaces: ['velero'], names: ['nightly'], optional: false }],
    } as const;
    const fakes = drillFakes(stopping, {
      putBack: async () =>
        acted({ list: [{ ...quiesced, state: 'left quiesced', why: 'a webhook refuses' }], total: 1, left: 1 }),
    });

    await run(fakes, request, async (handle) => {
      const failed = await failure(handle);

      expect(failed.message).toContain('Schedule velero/nightly was left quiesced: a webhook refuses');
      expect(failed.details?.[0]).toMatchObject({ cleanUp: { clean: true }, quiesce: [quiesced] });
    });

    expect(fakes.calls.slice(-3)).toEqual(['cleanUpDrill', 'putBack', 'releaseSite cleaned up']);
  });

  it('touches nothing while the lock is held, and says by whom', async () => {
    const busy = 'site toy is being restored by recovery toy-zzzzzzzz (workflow d-1, http://ui/d-1); one run per site';
    const fakes = drillFakes(plan, {
      lockSite: async () => Promise.reject(ApplicationFailure.nonRetryable(busy, 'SiteBusy')),
    });

    await run(fakes, request, async (handle) => {
      const failed = await failure(handle);

      expect([failed.type, failed.message, failed.details]).toEqual(['SiteBusy', busy, []]);
    });

    expect(fakes.calls).not.toContain('cleanUpDrill');
  });

  it('goes on to its end though it is cancelled meanwhile: half a clean-up helps nobody', async () => {
    let begun = (): void => undefined;
    const isCleaning = new Promise<void>((resolve) => (begun = resolve));
    let end = (): void => undefined;
    const mayEnd = new Promise<void>((resolve) => (end = resolve));
    const fakes = drillFakes(plan, {
      cleanUpDrill: async () => {
        begun();
        await mayEnd;
        return acted({ clean: true, left: [], leftCut: 0, seconds: 1, notes: [] });
      },
    });

    await run(fakes, request, async (handle) => {
      await isCleaning;
      const seen = await handle.query<RunView>(viewQueryName);
      expect(seen).toMatchObject({ state: 'cleaning-up', recovery, cleansUpOnly: true, tiers: [] });
      const again = await handle
        .executeUpdate(updateNames.cleanUp, { args: [{ by: 'ben', reason: 'now' }] })
        .catch((refused: unknown) => (refused as { readonly cause?: Error }).cause?.message);
      expect(again).toBe('the drill is being cleaned up already');
      await handle.cancel();
      end();

      expect((await handle.result()).cleanUp.clean).toBe(true);
    });
  });

  it.each([
    [{ cleanUp: recovery, plan: 'toy' }, 'so "plan" has no place beside it'],
    [{ cleanUp: 'Toy Store' }, '"cleanUp": "Toy Store" is neither a drill\'s recovery id nor a site'],
    [{ plan: 'toy', takeOver: true }, '"takeOver" stands only beside "cleanUp"'],
  ])('refuses %j in one sentence', async (input, sentence) => {
    const fakes = drillFakes(plan);

    await run(fakes, input, async (handle) => {
      const failed = await failure(handle);

      expect(failed.type).toBe('RequestInvalid');
      expect(failed.message).toContain(sentence);
    });

    expect(fakes.calls).toEqual(['loadPlan']);
  });
});
