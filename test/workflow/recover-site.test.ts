import {
  ApplicationFailure,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import type {
  AbortInput,
  AcceptErrorsInput,
  ApproveInput,
  RecoverRequest,
  RetryStepInput,
} from '../../src/model/request.ts';
import { reasonSignalName, recoverSiteType, type RunView, updateNames, viewQueryName } from '../../src/model/run.ts';
import { acted, aFullPlan, aPlan, aStep, type Fakes, fakeActivities, rowsAreBack } from '../support/fake-activities.ts';
import { useTemporal } from '../support/temporal.ts';

type Handle = WorkflowHandle<(input?: unknown) => Promise<Report>>;

const ana = { by: 'ana', reason: 'looked at it' };

describe('recoverSite', () => {
  const temporal = useTemporal();

  const start = (input: unknown): Promise<Handle> =>
    temporal.client.workflow.start(recoverSiteType, {
      taskQueue: temporal.taskQueue(),
      workflowId: temporal.workflowId(),
      args: input === undefined ? [] : [input],
    });
  const run = async (fakes: Fakes, input: RecoverRequest, work: (handle: Handle) => Promise<void>): Promise<void> =>
    temporal.withWorker({ ...fakes.activities }, async () => {
      const handle = await start(input);
      try {
        await work(handle);
      } finally {
        await handle.terminate().catch(() => undefined);
      }
    });
  const view = (handle: Handle) => handle.query<RunView>(viewQueryName);
  const until = async (handle: Handle, is: (seen: RunView) => boolean): Promise<RunView> => {
    for (let look = 0; look < 200; look += 1) {
      const seen = await view(handle);
      if (is(seen)) return seen;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`never came about; the run is ${JSON.stringify(await view(handle))}`);
  };
  const approve = (handle: Handle, input: unknown) =>
    handle.executeUpdate<string, [ApproveInput]>(updateNames.approve, { args: [input as ApproveInput] });
  const retry = (handle: Handle, input: unknown) =>
    handle.executeUpdate<string, [RetryStepInput]>(updateNames.retryStep, { args: [input as RetryStepInput] });
  const accept = (handle: Handle, input: unknown) =>
    handle.executeUpdate<string, [AcceptErrorsInput]>(updateNames.acceptErrors, { args: [input as AcceptErrorsInput] });
  const abort = (handle: Handle, input: unknown) =>
    handle.executeUpdate<string, [AbortInput]>(updateNames.abort, { args: [input as AbortInput] });
  const refused = async (update: Promise<string>): Promise<string> => {
    const error = await update.then(
      () => undefined,
      (failed: unknown) => failed,
    );
    expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
    return (error as WorkflowUpdateFailedError).cause?.message ?? '';
  };
  const failure = async (handle: Handle): Promise<ApplicationFailure> => {
    const error = await handle.result().then(
      () => undefined,
      (failed: unknown) => failed,
    );
    expect(error).toBeInstanceOf(WorkflowFailedError);
    return (error as WorkflowFailedError).cause as ApplicationFailure;
  };

  /** Texts of the same form, as times are: the order of the letters is the order of time. */
  const inOrder = <T extends string | null | undefined>(times: readonly T[]): readonly T[] =>
    times.toSorted((a, b) => String(a).localeCompare(String(b)));

  it('runs the eight tiers in order, each after the gate of the one before, and reports every one of them', async () => {
    const fakes = fakeActivities(aFullPlan());

    await run(fakes, { plan: 'toy' }, async (handle) => {
      const report = await handle.result();

      expect(report.outcome).toBe('recovered');
      for (const tier of report.tiers) {
        const [step] = tier.steps;
        const times = [tier.startedAt, step?.startedAt, step?.restoredAt, step?.healthyAt, tier.healthyAt];
        expect(times).toEqual(inOrder(times));
        const split = Object.values<number>({ ...tier.times }).reduce((sum, part) => sum + part, 0);
        expect(split).toBeCloseTo((Date.parse(tier.healthyAt ?? '') - Date.parse(tier.startedAt ?? '')) / 1000, 3);
      }
      expect([report.startedAt, report.phaseOneGateAt, report.phaseTwoAt, report.verifiedAt]).toEqual(
        inOrder([report.startedAt, report.phaseOneGateAt, report.phaseTwoAt, report.verifiedAt]),
      );
      expect(report.tiers.map((tier) => tier.name)).toEqual([
        'namespaces',
        'crds',
        'operators',
        'storage',
        'databases',
        'queues',
        'applications',
        'ingress',
      ]);
      const healthy = report.tiers.map((tier) => Date.parse(tier.healthyAt ?? ''));
      const started = report.tiers.map((tier) => Date.parse(tier.startedAt ?? ''));
      for (let tier = 1; tier < 8; tier += 1)
        expect(started[tier]).toBeGreaterThanOrEqual(healthy[tier - 1] ?? Infinity);
      expect(report.data).toEqual([
        { store: 'the-databases', expected: '{"atLeast":1}', restored: 'matched', equal: true },
      ]);
    });

    const steps = ['namespaces', 'crds', 'operators', 'storage', 'databases', 'queues'].flatMap(threeCalls);
    const second = ['applications', 'ingress'].flatMap(threeCalls);
    expect(fakes.calls).toEqual([
      ...['loadPlan', 'pinRecovery', 'yieldDrills', 'lockSite', 'preflight'],
      ...steps,
      'awaitTogether phase one',
      ...second,
      ...['awaitTogether site', 'judgeCompleteness', 'releaseSite recovered'],
    ]);
  });

  it('lets the siblings of a failed step go on, is held, and restores it again as a new generation when told', async () => {
    const plan = aPlan({
      databases: [aStep('bad', { checks: [rowsAreBack] }), aStep('good'), aStep('after-bad', { dependsOn: ['bad'] })],
    });
    const fakes = fakeActivities(plan, {
      awaitStage: async ({ step, generation }) =>
        acted(
          step === 'bad' && generation === 1
            ? {
                state: 'failed',
                reason: 'ExistingObject',
                message: 'PersistentVolumeClaim shop/pgc-1 was there before',
                retry: 'again',
              }
            : { state: 'succeeded', evidence: [], notes: [] },
        ),
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      const held = await until(handle, (seen) => seen.state === 'held' && seen.tiers[4]?.steps[1]?.state === 'done');
      expect(held.within).toBe('phase-one');
      expect(held.holds).toMatchObject([
        { step: 'bad', reason: 'ExistingObject', message: 'PersistentVolumeClaim shop/pgc-1 was there before' },
      ]);
      expect(fakes.calls).not.toContain('startStage after-bad g1');

      await retry(handle, { step: 'bad', ...ana });
      const report = await handle.result();

      expect(report.outcome).toBe('recovered');
      expect(report.tiers[4]?.steps[0]).toMatchObject({ name: 'bad', generation: 2, attempts: 2, state: 'done' });
      expect(report.decisions).toMatchObject([{ kind: 'retryStep', step: 'bad', by: 'ana', identity: 'who@host' }]);
      expect(report.times.decision).toBeGreaterThan(0);
    });

    expect(fakes.calls.indexOf('startStage after-bad g1')).toBeGreaterThan(fakes.calls.indexOf('awaitGate bad g2'));
  });

  it('judges the same generation again when told to wait', async () => {
    let looks = 0;
    const fakes = fakeActivities(aPlan({ databases: [aStep('db', { checks: [rowsAreBack] })] }), {
      awaitGate: async () => {
        looks += 1;
        const at = new Date().toISOString();
        if (looks === 1)
          return acted({
            passed: false,
            reason: 'GateOverdue',
            message: 'not healthy in time',
            failing: ['db'],
            checks: [],
            objects: 1,
          });
        return acted({
          passed: true,
          passedAt: at,
          heldAt: at,
          objects: 1,
          debts: [],
          exceptions: [],
          checks: [{ name: 'rows-are-back', verdict: 'Healthy', observed: 'matched', asserts: 'data' }],
        });
      },
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      await until(handle, (seen) => seen.state === 'held');
      await retry(handle, { step: 'db', mode: 'wait', ...ana });

      expect((await handle.result()).outcome).toBe('recovered');
    });

    expect(fakes.calls).not.toContain('startStage db g2');
  });

  it('starts the next attempt by itself when the engine died under a restore', async () => {
    const fakes = fakeActivities(aPlan({ storage: [aStep('volumes', { checks: [rowsAreBack] })] }), {
      awaitStage: async ({ attempt }) =>
        acted(
          attempt === 1 ? { state: 'lost', message: 'Velero died' } : { state: 'succeeded', evidence: [], notes: [] },
        ),
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      const report = await handle.result();

      expect(report.tiers[3]?.steps[0]).toMatchObject({
        generation: 1,
        attempts: 2,
        notes: ['attempt 1: Velero died'],
      });
    });

    expect(fakes.calls).toContain('startStage volumes g1-a2');
  });

  it('does not start phase two before the approval, and refuses one that is early, malformed or a second one', async () => {
    let seen = (): void => undefined;
    const tooEarly = new Promise<void>((resolve) => (seen = resolve));
    const fakes = fakeActivities(aFullPlan({ approval: { beforePhaseTwo: true } }), {
      preflight: async () => {
        await tooEarly;
        return acted([]);
      },
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      await until(handle, (seen) => seen.state === 'preflight');
      expect(await refused(approve(handle, ana))).toContain('not waiting for an approval: it is preflight');
      seen();
      const waiting = await until(handle, (seen) => seen.state === 'awaiting-approval');
      expect(waiting.awaitingApprovalSince).toBeDefined();
      expect(fakes.calls).not.toContain('startStage the-applications g1');
      expect(await refused(approve(handle, { by: 'ana' }))).toContain('approve needs "reason"');
      expect(await refused(approve(handle, { ...ana, force: true }))).toContain('approve has no field force');
      expect(await refused(approve(handle, [ana]))).toContain('approve takes one JSON object');

      await approve(handle, ana);
      const report = await handle.result();

      expect(report.decisions).toMatchObject([{ kind: 'approve', by: 'ana', identity: 'who@host' }]);
    });

    expect(fakes.calls.indexOf('noteDecision approve')).toBeLessThan(
      fakes.calls.indexOf('startStage the-applications g1'),
    );
  });

  it('refuses a retry of what is not held, and says what is', async () => {
    const fakes = fakeActivities(aPlan({ queues: [aStep('mq')] }), {
      awaitStage: async () =>
        acted({ state: 'failed', reason: 'PartiallyFailed', message: '2 errors', retry: 'again' }),
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      await until(handle, (seen) => seen.state === 'held');

      expect(await refused(retry(handle, { step: 'db', ...ana }))).toBe('step "db" is not held; held now: mq');
      expect(await refused(retry(handle, { step: 'mq', mode: 'force', ...ana }))).toContain('"mode" is "again"');
      expect(await refused(retry(handle, { step: 'mq', acceptBackup: 'b', ...ana }))).toContain(
        'goes with "step": "preflight" only',
      );
      expect(await refused(retry(handle, undefined))).toContain('retryStep takes one JSON object');
      expect((await view(handle)).state).toBe('held');
    });
  });

  it('goes on without what could not be restored when somebody accepts the errors, and reports who bore what', async () => {
    const plan = aPlan({ databases: [aStep('db', { checks: [rowsAreBack] }), aStep('other')] });
    const fakes = fakeActivities(plan, {
      awaitStage: async ({ step, accepted }) => {
        if (step === 'other') return acted({ state: 'failed', reason: 'ExistingObject', message: 'a', retry: 'wait' });
        if (!accepted)
          return acted({ state: 'failed', reason: 'PartiallyFailed', message: '2 errors', retry: 'again' });
        const exceptions = [`2 errors, accepted by ${accepted.by} (stated): ${accepted.reason}`];
        return acted({ state: 'succeeded', evidence: ['Restore PartiallyFailed'], notes: [], exceptions });
      },
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      await until(handle, (seen) => seen.holds.length === 2);
      expect(await refused(accept(handle, { step: 'other', ...ana }))).toBe(
        'step "other" is held as ExistingObject, which cannot be accepted: mend it and use retryStep',
      );
      expect(await refused(accept(handle, { step: 'dbb', ...ana }))).toBe(
        'step "dbb" is not held; held now as PartiallyFailed: db',
      );
      expect(await refused(accept(handle, { step: 'db', by: 'ana' }))).toContain('acceptErrors needs "reason"');
      expect(await refused(accept(handle, { step: 'db', ...ana, mode: 'again' }))).toContain('has no field mode');

      await accept(handle, { step: 'db', ...ana });
      await until(handle, (seen) => seen.tiers[4]?.steps[0]?.state === 'done');
      expect(await refused(accept(handle, { step: 'db', ...ana }))).toContain('is not held; held now');
      await abort(handle, ana);
      const report = (await failure(handle)).details?.[0] as Report;

      expect(report.exceptions).toEqual(['db: 2 errors, accepted by ana (stated): looked at it']);
      expect(report.decisions).toMatchObject([
        { kind: 'acceptErrors', step: 'db', by: 'ana', identity: 'who@host' },
        { kind: 'abort' },
      ]);
      expect(report.tiers[4]?.steps[0]).toMatchObject({ state: 'done', generation: 1 });
    });
  });

  it('accepts nothing of an attempt that came after the acceptance', async () => {
    const fakes = fakeActivities(aPlan({ databases: [aStep('db', { checks: [rowsAreBack] })] }), {
      awaitStage: async ({ attempt, accepted }) => {
        if (attempt === 1 && accepted) return acted({ state: 'lost', message: 'Velero died' });
        const message = accepted ? 'borne blindly' : `errors of attempt ${attempt}`;
        return acted({ state: 'failed', reason: 'PartiallyFailed', message, retry: 'again' });
      },
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      await until(handle, (seen) => seen.state === 'held');
      await accept(handle, { step: 'db', ...ana });
      const held = await until(handle, ({ holds }) => holds[0]?.message.includes('attempt 1') === false);

      expect(held.holds).toMatchObject([{ step: 'db', message: 'errors of attempt 2' }]);
    });
  });

  it('ends as aborted, gives the lock back and carries the report, when somebody aborts', async () => {
    const fakes = fakeActivities(aPlan({ queues: [aStep('mq')] }), {
      awaitStage: async () =>
        acted({ state: 'failed', reason: 'PartiallyFailed', message: '2 errors', retry: 'again' }),
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      await until(handle, (seen) => seen.state === 'held');
      expect(await refused(abort(handle, { by: '' }))).toContain('abort needs "by"');
      await abort(handle, { by: 'ana', reason: 'wrong backup' });
      const failed = await failure(handle);

      expect(failed.type).toBe('aborted');
      const report = failed.details?.[0] as Report;
      expect(report).toMatchObject({
        outcome: 'aborted',
        because: 'aborted by ana (stated): wrong backup',
        rtoSeconds: null,
      });
      expect(report.decisions).toMatchObject([{ kind: 'abort', by: 'ana' }]);
    });

    expect(fakes.calls.slice(-3)).toEqual(['noteDecision abort', 'undoStage mq g1', 'releaseSite aborted']);
  });

  it('takes a requested cancellation as an abort and still gives the lock back', async () => {
    const fakes = fakeActivities(aFullPlan({ approval: { beforePhaseTwo: true } }));

    await run(fakes, { plan: 'toy' }, async (handle) => {
      await until(handle, (seen) => seen.state === 'awaiting-approval');
      await handle.cancel();
      const failed = await failure(handle);

      expect(failed).toMatchObject({ type: 'aborted', message: 'cancellation was requested' });
    });

    expect(fakes.calls.at(-1)).toBe('releaseSite aborted');
  });

  it('fails instead of being held when it was started with onFailure abort', async () => {
    const fakes = fakeActivities(aPlan({ queues: [aStep('mq')] }), {
      awaitStage: async () =>
        acted({ state: 'failed', reason: 'PartiallyFailed', message: '2 errors', retry: 'again' }),
    });

    await run(fakes, { plan: 'toy', onFailure: 'abort' }, async (handle) => {
      const failed = await failure(handle);

      expect(failed).toMatchObject({ type: 'failed', message: 'step mq: 2 errors' });
      const report = failed.details?.[0] as Report | undefined;
      expect(report?.tiers[5]?.steps[0]?.state).toBe('failed');
    });

    expect(fakes.calls.at(-1)).toBe('releaseSite failed');
  });

  it.each([
    ['no input', undefined, 'started without an input'],
    ['an array', [{ plan: 'toy' }], 'the input is an array'],
    ['a misspelt field', { plann: 'toy' }, 'no field "plann"'],
    ['an empty object', {}, 'neither "plan" nor "resume"'],
  ])('closes as RequestInvalid, with one sentence and nothing locked, on %s', async (_, input, sentence) => {
    const fakes = fakeActivities(aFullPlan());

    await temporal.withWorker({ ...fakes.activities }, async () => {
      const failed = await failure(await start(input));

      expect(failed.type).toBe('RequestInvalid');
      expect(failed.message).toContain(sentence);
    });

    expect(fakes.calls).toEqual(['loadPlan']);
  });

  // Asking to give back is harmless: it does so only for its own chain (test/cluster/lock-and-ledger).
  it('closes as SiteBusy, saying who holds the site', async () => {
    const fakes = fakeActivities(aFullPlan(), {
      lockSite: async () => {
        throw ApplicationFailure.nonRetryable('site toy is being restored by recovery toy-aaaaaaaa', 'SiteBusy');
      },
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      const failed = await failure(handle);

      expect(failed).toMatchObject({
        type: 'SiteBusy',
        message: 'site toy is being restored by recovery toy-aaaaaaaa',
      });
    });

    expect(fakes.calls).toEqual(['loadPlan', 'pinRecovery', 'yieldDrills', 'lockSite', 'releaseSite failed']);
  });

  it('is held at planning by a backup that cannot be used, and goes on with the one that is accepted by name', async () => {
    const fakes = fakeActivities(aPlan({ databases: [aStep('db', { checks: [rowsAreBack] })] }), {
      pinRecovery: async ({ acceptBackup }) => {
        if (acceptBackup !== 'nightly')
          throw ApplicationFailure.nonRetryable('Backup velero/nightly is PartiallyFailed', 'Blocked', {
            reason: 'BackupPartiallyFailed',
          });
        const backup = {
          namespace: 'velero',
          name: 'nightly',
          storageLocation: 'default',
          startTimestamp: '2026-11-20T00:00:00Z',
          phase: 'PartiallyFailed',
          accepted: 'PartiallyFailed',
        };
        return acted({ cluster: { context: 'dr', uid: 'uid-1' }, backup });
      },
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      const held = await until(handle, (seen) => seen.state === 'held');
      expect(held).toMatchObject({
        within: 'planning',
        holds: [{ step: 'preflight', reason: 'BackupPartiallyFailed' }],
      });
      expect(fakes.calls).not.toContain('lockSite');

      await retry(handle, { step: 'preflight', acceptBackup: 'nightly', ...ana });
      const report = await handle.result();

      expect(report.outcome).toBe('recovered-with-exceptions');
      expect(report.exceptions).toEqual(['backup nightly was accepted though PartiallyFailed']);
    });
  });

  it('holds a step that has fallen when all gates of phase one are looked at together, and looks at them all again', async () => {
    let looks = 0;
    const fakes = fakeActivities(
      aPlan({ databases: [aStep('db', { checks: [rowsAreBack] })] }, { approval: { beforePhaseTwo: false } }),
      {
        awaitTogether: async ({ scope }) => {
          looks += 1;
          const at = new Date().toISOString();
          if (looks === 1)
            return acted({
              passed: false,
              reason: 'NotHealthy',
              message: 'Cluster toy/db: 0 of 1 instances ready',
              failing: ['db'],
              checks: [],
              objects: 1,
            });
          expect(['phase one', 'site']).toContain(scope);
          return acted({ passed: true, passedAt: at, heldAt: at, objects: 1, debts: [], exceptions: [], checks: [] });
        },
      },
    );

    await run(fakes, { plan: 'toy' }, async (handle) => {
      const held = await until(handle, (seen) => seen.state === 'held');
      expect(held).toMatchObject({
        within: 'phase-one-gate',
        holds: [{ step: 'db', message: 'Cluster toy/db: 0 of 1 instances ready' }],
      });

      await retry(handle, { step: 'db', mode: 'wait', ...ana });

      expect((await handle.result()).outcome).toBe('recovered');
    });

    expect(fakes.calls.filter((call) => call === 'awaitTogether phase one')).toHaveLength(2);
  });

  it('calls nothing plain recovered that passed the last look only because the plan accepts it', async () => {
    const line = 'Deployment shop/web is Degraded (ImagePullBackOff), accepted by the plan';
    const fakes = fakeActivities(aPlan({ databases: [aStep('db', { checks: [rowsAreBack] })] }), {
      awaitTogether: async ({ scope }) => {
        const at = new Date().toISOString();
        const exceptions = scope === 'site' ? [line] : [];
        return acted({ passed: true, passedAt: at, heldAt: at, objects: 1, debts: [], exceptions, checks: [] });
      },
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      const report = await handle.result();

      expect(report).toMatchObject({ outcome: 'recovered-with-exceptions', exceptions: [line] });
    });
  });

  it.each([
    undefined,
    null,
    'x',
    7,
    {},
    { step: 'mq' },
    { step: 'mq', reason: 5, at: 1 },
    { step: '__proto__', reason: 'x', at: 'y' },
  ])('is not disturbed by the signal %j', async (said) => {
    const fakes = fakeActivities(aPlan({ queues: [aStep('mq')] }), {
      awaitStage: async () =>
        acted({ state: 'failed', reason: 'PartiallyFailed', message: '2 errors', retry: 'again' }),
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      await until(handle, (seen) => seen.state === 'held');
      await handle.signal(reasonSignalName, said);

      await abort(handle, ana);
      expect((await failure(handle)).type).toBe('aborted');
    });
  });

  it.each(['onFailure abort', 'the Update abort'])(
    'gives the lock back only when no sibling acts any more, after %s',
    async (how) => {
      const plan = aPlan({ databases: [aStep('bad'), aStep('slow')] });
      const fakes: Fakes = fakeActivities(plan, {
        startStage: async ({ step }) => {
          if (step === 'slow') {
            await new Promise((resolve) => setTimeout(resolve, 1500));
            fakes.calls.push('slow has acted');
          }
          return acted({ handle: {} });
        },
        awaitStage: async () =>
          acted({ state: 'failed', reason: 'PartiallyFailed', message: '2 errors', retry: 'again' }),
      });
      const onFailure = how === 'onFailure abort' ? ({ onFailure: 'abort' } as const) : {};

      await run(fakes, { plan: 'toy', ...onFailure }, async (handle) => {
        if (how === 'the Update abort') {
          await until(handle, (seen) => seen.state === 'held');
          await abort(handle, ana);
        }
        await failure(handle);
      });

      expect(fakes.calls.indexOf('slow has acted')).toBeGreaterThan(0);
      expect(fakes.calls.findIndex((call) => call.startsWith('releaseSite'))).toBeGreaterThan(
        fakes.calls.indexOf('slow has acted'),
      );
    },
  );

  it(
    'ends within two minutes of an abort though the cluster does not answer, and says what could not be written',
    { timeout: 150_000 },
    async () => {
      const fakes = fakeActivities(aPlan({ queues: [aStep('mq')] }), {
        awaitStage: async () =>
          acted({ state: 'failed', reason: 'PartiallyFailed', message: '2 errors', retry: 'again' }),
        noteDecision: async () => {
          throw ApplicationFailure.retryable('no answer', 'ClusterUnavailable');
        },
      });

      await run(fakes, { plan: 'toy' }, async (handle) => {
        await until(handle, (seen) => seen.state === 'held');
        const before = Date.now();
        await abort(handle, ana);
        const report = (await failure(handle)).details?.[0] as Report;

        expect(Date.now() - before).toBeLessThan(120_000);
        expect(report.exceptions).toEqual([
          expect.stringContaining('the decision abort was not written to the ledger'),
        ]);
        expect(report.decisions).toMatchObject([{ kind: 'abort', by: 'ana' }]);
      });

      expect(fakes.calls.at(-1)).toBe('releaseSite aborted');
    },
  );

  it('gives the lock back when it was only half taken', async () => {
    const fakes = fakeActivities(aPlan({ queues: [aStep('mq')] }), {
      lockSite: async () => {
        throw ApplicationFailure.nonRetryable('configmaps is forbidden', 'PermissionDenied');
      },
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      await until(handle, (seen) => seen.state === 'held');
      await abort(handle, ana);
      await failure(handle);
    });

    expect(fakes.calls.at(-1)).toBe('releaseSite aborted');
  });

  it('is inconclusive when no check asserted any data', async () => {
    await run(fakeActivities(aPlan({ crds: [aStep('crds')] })), { plan: 'toy' }, async (handle) => {
      const report = await handle.result();

      expect(report.outcome).toBe('inconclusive');
      expect(report.because).toContain('no check asserted any data');
    });
  });

  it('runs no more steps side by side than the plan allows', async () => {
    let now = 0;
    let most = 0;
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const plan = aPlan({ crds: names.map((name) => aStep(name)) }, { parallelism: 2 });
    const fakes = fakeActivities(plan, {
      awaitStage: async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 50));
        now -= 1;
        return acted({ state: 'succeeded', evidence: [], notes: [] });
      },
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      await handle.result();
    });

    expect(most).toBe(2);
  });

  it('counts a worker that died under several activities once, and its time as crash', async () => {
    const crash = {
      worker: 'w1',
      lastSeen: new Date(Date.now() - 4000).toISOString(),
      resumedAt: new Date().toISOString(),
      seconds: 4,
    };
    const plan = aPlan({ databases: [aStep('a', { checks: [rowsAreBack] }), aStep('b')] });
    const fakes = fakeActivities(plan, {
      awaitStage: async () => ({ value: { state: 'succeeded', evidence: [], notes: [] }, crashes: [crash] }),
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      const report = await handle.result();

      expect(report.workerCrashes).toBe(1);
      expect(report.crashes).toEqual([crash]);
    });
  });

  it('takes a worker that ends something afterwards for alive: only its beats were not heard', async () => {
    const at = new Date().toISOString();
    const missed = (worker: string) => ({ worker, lastSeen: at, resumedAt: at, seconds: 4 });
    const done = { state: 'succeeded' as const, evidence: [], notes: [] };
    const plan = aPlan({ storage: [aStep('a')], databases: [aStep('b', { checks: [rowsAreBack] })] });
    const fakes = fakeActivities(plan, {
      awaitStage: async ({ step }) =>
        step === 'a'
          ? { value: done, crashes: [missed('w1'), missed('w2')], worker: 'w3' }
          : { value: done, crashes: [], worker: 'w1' },
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      const report = await handle.result();

      expect(report.crashes.map(({ worker }) => worker)).toEqual(['w2']);
    });
  });

  it('keeps the text of its page below 2 KB', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `step-with-a-rather-long-name-${index}`);
    const fakes = fakeActivities(aPlan({ queues: names.map((name) => aStep(name)) }), {
      awaitStage: async () =>
        acted({ state: 'failed', reason: 'PartiallyFailed', message: 'x'.repeat(1500), retry: 'again' }),
    });

    await run(fakes, { plan: 'toy' }, async (handle) => {
      await until(handle, (seen) => seen.holds.length === names.length);
      const metadata = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');

      expect(metadata.currentDetails).toContain('is held since');
      expect(Buffer.byteLength(metadata.currentDetails)).toBeLessThanOrEqual(2048);
    });
  });
});

function threeCalls(tier: string): string[] {
  return [`startStage the-${tier} g1`, `awaitStage the-${tier} g1`, `awaitGate the-${tier} g1`];
}
