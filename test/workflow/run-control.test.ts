import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { StageOutcome } from '../../activities/steps.ts';
import { acted, aFullPlan, aPlan, aStep, type Fakes, fakeActivities, rowsAreBack } from '../support/fake-activities.ts';
import { type TestRun, withRun } from '../support/runs.ts';
import { useTemporal } from '../support/temporal.ts';

const ana = { by: 'ana', reason: 'looked at it' };
const bo = { by: 'bo', reason: 'seen it too' };

const failedAs = (reason: string, message = 'why'): StageOutcome => ({
  state: 'failed',
  reason,
  message,
  retry: 'again',
});
const succeeded: StageOutcome = { state: 'succeeded', evidence: ['Completed'], notes: [] };

describe('a run under its operators', () => {
  const temporal = useTemporal();

  describe('skipStep', () => {
    const plan = aPlan({
      databases: [aStep('db', { checks: [rowsAreBack] }), aStep('bad'), aStep('after', { dependsOn: ['bad'] })],
      applications: [aStep('web')],
    });
    const fails = (...names: readonly string[]): Fakes =>
      fakeActivities(plan, {
        awaitStage: async ({ step }) => acted(names.includes(step) ? failedAs('NotHealthy', 'no image') : succeeded),
      });

    it('goes on with the dependants, leaves the gate out, and is never plain recovered', async () => {
      const fakes = fails('bad', 'web');
      const looked: string[][] = [];
      const skippedAtEnd: unknown[] = [];
      fakes.activities.awaitTogether = ((real) => (input) => {
        looked.push(input.steps.map(({ step }) => step));
        return real(input);
      })(fakes.activities.awaitTogether);
      fakes.activities.judgeCompleteness = ((real) => (input) => {
        skippedAtEnd.push(input.skipped);
        return real(input);
      })(fakes.activities.judgeCompleteness);

      await withRun(temporal, fakes, async (run) => {
        await run.until((seen) => seen.state === 'held');
        expect(await run.refused('skipStep', { step: 'bad', ...ana })).toBe(
          'skipStep leaves data of tier databases out: it needs "confirm": "bad", the step\'s name once more',
        );
        expect(await run.refused('skipStep', { step: 'bad', confirm: 'db', ...ana })).toContain(
          'needs "confirm": "bad"',
        );
        expect(await run.refused('skipStep', { step: 'db', ...ana })).toBe('step "db" is not held; held now: bad');
        expect(await run.refused('skipStep', { step: 'bad', confirm: 'bad', by: 'ana' })).toContain('needs "reason"');
        expect(await run.tell('skipStep', { step: 'bad', confirm: 'bad', ...ana })).toBe('the run goes on without bad');
        await run.until(({ holds }) => holds.some(({ step }) => step === 'web'));
        const { tiers } = await run.view();
        expect(tiers[4]?.steps[1]?.state).toBe('skipped');
        // No data in it: once is enough.
        await run.tell('skipStep', { step: 'web', ...bo });
        const report = await run.report();

        expect(report.outcome).toBe('recovered-with-exceptions');
        expect(report.exceptions).toEqual([
          'bad: skipped by ana (stated): looked at it',
          'web: skipped by bo (stated): seen it too',
        ]);
        expect(report.tiers[4]?.steps[1]).toMatchObject({
          state: 'skipped',
          notes: ['held before it was skipped: no image'],
        });
        expect(report.decisions).toMatchObject([
          { kind: 'skipStep', step: 'bad', by: 'ana', identity: 'who@host' },
          { kind: 'skipStep', step: 'web', by: 'bo' },
        ]);
      });

      expect(fakes.calls).toContain('awaitGate after g1');
      expect(looked).toEqual([
        ['db', 'after'],
        ['db', 'after'],
      ]);
      expect(skippedAtEnd).toEqual([['bad', 'web']]);
    });

    it('is refused for a stage of the run, which is no step', async () => {
      const fakes = fakeActivities(plan, {
        awaitTogether: async () =>
          acted({ passed: false, reason: 'NotHealthy', message: 'fell', failing: [], checks: [], objects: 0 }),
      });

      await withRun(temporal, fakes, async (run) => {
        await run.until((seen) => seen.state === 'held');
        expect(await run.refused('skipStep', { step: 'phase-one-gate', ...ana })).toContain(
          '"phase-one-gate" is a stage of the run and no step',
        );
      });
    });
  });

  it('lets exactly one of two operators decide on the same hold, and tells the other', async () => {
    let looks = 0;
    const fakes = fakeActivities(aPlan({ databases: [aStep('db', { checks: [rowsAreBack] })] }), {
      awaitStage: async () => {
        looks += 1;
        return acted(looks === 1 ? failedAs('ExistingObject') : succeeded);
      },
    });

    await withRun(temporal, fakes, async (run) => {
      await run.until((seen) => seen.state === 'held');
      const both = await Promise.allSettled([
        run.tell('retryStep', { step: 'db', mode: 'again', ...ana }),
        run.tell('skipStep', { step: 'db', confirm: 'db', ...bo }),
      ]);
      const report = await run.report();

      expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      const lost = both.flatMap((one) => (one.status === 'rejected' ? [String((one.reason as Error).cause)] : []));
      expect(lost.join()).toMatch(
        /: step "db" (was decided a moment ago: (retryStep|skipStep) by (ana|bo) \(stated\)|is not held)/,
      );
      expect(report.decisions).toHaveLength(1);
    });
  });

  describe('retryStep', () => {
    const heldAs = (reason: string): Fakes =>
      fakeActivities(aPlan({ storage: [aStep('volumes', { checks: [rowsAreBack] })] }), {
        awaitStage: async ({ generation }) => acted(generation === 1 ? failedAs(reason) : succeeded),
      });

    it('sets aside what was there before, then restores a new generation; it is an exception', async () => {
      const fakes = heldAs('ExistingObject');

      await withRun(temporal, fakes, async (run) => {
        await run.until((seen) => seen.state === 'held');
        const ask = { step: 'volumes', mode: 'setAside', ...ana };
        expect(await run.refused('retryStep', ask)).toContain('it needs "confirm": "volumes"');
        expect(await run.refused('retryStep', { ...ask, mode: 'again', confirm: 'volumes' })).toContain(
          '"confirm" goes with "mode": "setAside" only',
        );
        await run.tell('retryStep', { ...ask, confirm: 'volumes' });
        const report = await run.report();

        expect(report).toMatchObject({
          outcome: 'recovered-with-exceptions',
          exceptions: ['volumes: PersistentVolumeClaim toy/volumes was set aside'],
          decisions: [{ kind: 'retryStep', mode: 'setAside', step: 'volumes' }],
        });
        expect(report.tiers[3]?.steps[0]?.generation).toBe(2);
      });

      expect(fakes.calls.indexOf('setAside volumes g1')).toBeLessThan(fakes.calls.indexOf('startStage volumes g2'));
    });

    it('sets nothing aside for a step that is held otherwise', async () => {
      await withRun(temporal, heldAs('PartiallyFailed'), async (run) => {
        await run.until((seen) => seen.state === 'held');
        expect(await run.refused('retryStep', { step: 'volumes', mode: 'setAside', confirm: 'volumes', ...ana })).toBe(
          'step "volumes" is held as PartiallyFailed; "setAside" is for a velero step held as ExistingObject, use "again" or "wait"',
        );
      });
    });

    it('gives the step longer from then on, and refuses what is no longer time', async () => {
      const budgets: unknown[] = [];
      const fakes = fakeActivities(aPlan({ storage: [aStep('volumes', { checks: [rowsAreBack] })] }), {
        awaitStage: async ({ timeoutMs }) => {
          budgets.push(timeoutMs);
          return acted(budgets.length < 3 ? failedAs('Overdue') : succeeded);
        },
      });

      await withRun(temporal, fakes, async (run) => {
        const retry = (timeout?: unknown) => ({ step: 'volumes', mode: 'wait', timeout, ...ana });
        await run.until((seen) => seen.state === 'held');
        expect(await run.refused('retryStep', retry('1m'))).toBe(
          'retryStep: "timeout" gives a step longer than it has, at most 7d; "volumes" has 1m',
        );
        expect(await run.refused('retryStep', retry('8d'))).toContain('at most 7d');
        expect(await run.refused('retryStep', retry('soon'))).toContain('as 90s, 15m or 1h30m');
        await run.tell('retryStep', retry('40m'));
        await run.until(({ holds }) => holds.length === 1 && budgets.length === 2);
        expect(await run.refused('retryStep', retry('40m'))).toContain('"volumes" has 40m');
        await run.tell('retryStep', retry());
        const report = await run.report();

        expect(report.decisions).toMatchObject([{ timeout: '40m' }, { kind: 'retryStep' }]);
        expect(report.decisions[1]).not.toHaveProperty('timeout');
      });

      expect(budgets).toEqual([undefined, 2_400_000, 2_400_000]);
    });
  });

  describe('pause and resume', () => {
    it('lets what is under way come to its end and begins nothing new until told to go on', async () => {
      let release = (): void => undefined;
      const working = new Promise<void>((resolve) => (release = resolve));
      const plan = aPlan({
        databases: [aStep('db', { checks: [rowsAreBack] }), aStep('after', { dependsOn: ['db'] })],
      });
      const fakes = fakeActivities(plan, {
        awaitStage: async ({ step }) => {
          if (step === 'db') await working;
          return acted(succeeded);
        },
      });

      await withRun(temporal, fakes, async (run) => {
        await run.until(({ tiers }) => tiers[4]?.steps[0]?.state === 'restoring');
        expect(await run.refused('resume', ana)).toBe(
          'the run is not paused: it is phase-one; resume goes with a pause only',
        );
        await run.tell('pause', ana);
        expect(await run.refused('pause', bo)).toBe('the run is paused already, by ana (stated); resume lets it go on');
        expect(await run.view()).toMatchObject({ state: 'paused', within: 'phase-one', paused: { by: 'ana' } });
        release();
        await run.until(({ tiers }) => tiers[4]?.steps[0]?.state === 'done');
        await sleep(500);
        expect(fakes.calls).not.toContain('startStage after g1');

        expect(await run.tell('resume', bo)).toBe('the run goes on');
        const report = await run.report();

        expect(report.outcome).toBe('recovered');
        expect(report.decisions).toMatchObject([
          { kind: 'pause', by: 'ana', identity: 'who@host' },
          { kind: 'resume', by: 'bo', identity: 'who@host' },
        ]);
        expect(report.times.decision).toBeGreaterThan(0.4);
      });

      expect(fakes.calls).toContain('startStage after g1');
    });

    it('starts no engine again that has died under it until told to go on', async () => {
      let attempts = 0;
      let die = (): void => undefined;
      const dead = new Promise<void>((resolve) => (die = resolve));
      const fakes = fakeActivities(aPlan({ databases: [aStep('db', { checks: [rowsAreBack] })] }), {
        awaitStage: async () => {
          attempts += 1;
          if (attempts > 1) return acted(succeeded);
          await dead;
          return acted({ state: 'lost', message: 'Velero restarted' });
        },
      });

      await withRun(temporal, fakes, async (run) => {
        await run.until(({ tiers }) => tiers[4]?.steps[0]?.state === 'restoring');
        while (!fakes.calls.includes('awaitStage db g1')) await sleep(50);
        await run.tell('pause', ana);
        die();
        await sleep(1000);
        expect(fakes.calls).not.toContain('startStage db g1-a2');
        expect((await run.view()).state).toBe('paused');

        await run.tell('resume', bo);
        const report = await run.report();
        expect(report.tiers[4]?.steps[0]).toMatchObject({ state: 'done', attempts: 2 });
      });

      expect(fakes.calls).toContain('startStage db g1-a2');
    });

    it('may be aborted while it is paused', async () => {
      const fakes = fakeActivities(aFullPlan({ approval: { beforePhaseTwo: true } }));

      await withRun(temporal, fakes, async (run) => {
        await run.until((seen) => seen.state === 'awaiting-approval');
        await run.tell('pause', ana);
        await run.tell('approve', ana);
        await sleep(300);
        expect(fakes.calls).not.toContain('startStage the-applications g1');
        await run.tell('abort', ana);

        expect(await run.failure()).toMatchObject({ type: 'aborted' });
      });

      expect(fakes.calls.at(-1)).toBe('releaseSite aborted');
    });
  });

  describe('approvals', () => {
    const asking = (approval: object): ReturnType<typeof aFullPlan> =>
      aFullPlan({ approval: { beforePhaseTwo: true, ...approval } });
    const calledBy = (names: readonly string[]): Fakes['activities']['readCaller'] => {
      let call = 0;
      return async () => acted({ identity: names[call++] ?? 'nobody' });
    };
    const listed = { approvers: [{ name: 'ana', identity: 'ana@corp' }], trustStatedNames: false };

    it('are refused by somebody who is not listed, and by the same person twice', async () => {
      const approvers = [{ name: 'ana' }, { name: 'bo' }];
      const fakes = fakeActivities(asking({ approvers, people: 2, trustStatedNames: true }));

      await withRun(temporal, fakes, async (run) => {
        await run.until((seen) => seen.state === 'awaiting-approval');
        expect(await run.refused('approve', { by: 'eve', reason: 'me too' })).toBe(
          '"eve" may not approve by the plan; these may: ana, bo',
        );
        expect(await run.tell('approve', ana)).toBe('noted: one more person must approve');
        expect(await run.refused('approve', ana)).toBe(
          '"ana" has approved already; the second approval must be another person\'s',
        );
        expect(await run.until(({ approvals }) => approvals?.length === 1)).toMatchObject({
          state: 'awaiting-approval',
          approvalsNeeded: 2,
        });
        expect(await run.tell('approve', bo)).toBe('approved: phase two begins');
        const report = await run.report();

        expect(report.decisions).toMatchObject([
          { kind: 'approve', by: 'ana' },
          { kind: 'approve', by: 'bo' },
        ]);
        expect(report.findings).toMatchObject([{ reason: 'NamesTrusted' }]);
      });
    });

    it('are refused a second time by one person, however the name is written', async () => {
      const fakes = fakeActivities(asking({ people: 2, trustStatedNames: true }));

      await withRun(temporal, fakes, async (run) => {
        await run.until((seen) => seen.state === 'awaiting-approval');
        await run.tell('approve', ana);
        for (const by of ['ana ', 'Ana', ' ANA'])
          expect(await run.refused('approve', { by, reason: 'once more' })).toBe(
            '"ana" has approved already; the second approval must be another person\'s',
          );
      });
    });

    it('are taken from a listed approver who writes the name in other letters', async () => {
      const fakes = fakeActivities(asking({ approvers: [{ name: 'ana' }], trustStatedNames: true }));

      await withRun(temporal, fakes, async (run) => {
        await run.until((seen) => seen.state === 'awaiting-approval');
        await run.tell('approve', { by: 'Ana ', reason: 'looked at it' });
        expect((await run.report()).decisions).toMatchObject([{ kind: 'approve', by: 'Ana ' }]);
      });
    });

    it('are voided, shown and waited for anew, where Temporal recorded another caller than the plan lists', async () => {
      const approvers = [{ name: 'ana', identity: 'ana@corp' }, { name: 'bo' }];
      const fakes = fakeActivities(asking({ approvers, people: 2, trustStatedNames: false }), {
        readCaller: calledBy(['eve@laptop', 'ana@corp', 'ana@corp', 'bo']),
      });

      await withRun(temporal, fakes, async (run) => {
        await run.until((seen) => seen.state === 'awaiting-approval');
        await run.tell('approve', ana);
        const { approvals } = await run.until((seen) => seen.approvals?.[0]?.voided !== undefined);
        expect(approvals?.[0]?.voided).toBe(
          'ana was stated, and Temporal recorded eve@laptop as the caller where ana@corp was expected',
        );
        expect(await run.view()).toMatchObject({ state: 'awaiting-approval' });
        await run.tell('approve', ana);
        await run.tell('approve', bo);
        await run.until((seen) => seen.approvals?.filter(({ voided }) => voided).length === 2);
        expect(fakes.calls).not.toContain('startStage the-applications g1');
        await run.tell('approve', bo);
        const report = await run.report();

        expect(report.decisions.map(({ by, voided }) => [by, voided === undefined])).toEqual([
          ['ana', false],
          ['ana', true],
          ['bo', false],
          ['bo', true],
        ]);
      });
    });

    it('count only once it is known who called, and say so until then', async () => {
      let known = (): void => undefined;
      const look = new Promise<void>((resolve) => (known = resolve));
      const fakes = fakeActivities(asking(listed), {
        readCaller: async () => {
          await look;
          return acted({ identity: 'ana@corp' });
        },
      });
      const again =
        'the approval by "ana" is noted, and it is still looked at who called: approve again only if it comes to be voided';

      await withRun(temporal, fakes, async (run) => {
        await run.until((seen) => seen.state === 'awaiting-approval');
        expect(await run.tell('approve', ana)).toBe(
          'noted: it counts once it is known who called; phase two begins then',
        );
        expect((await run.view()).approvals).toMatchObject([{ by: 'ana', pending: true, update: expect.any(String) }]);
        expect(await run.refused('approve', ana)).toBe(again);
        known();
        const { approvals } = await run.until((seen) => seen.awaitingApprovalSince === undefined);
        expect(approvals).toMatchObject([{ by: 'ana' }]);
        expect(approvals?.[0]).not.toHaveProperty('pending');
        expect((await run.report()).decisions).toMatchObject([{ kind: 'approve', by: 'ana', identity: 'ana@corp' }]);
      });
    });

    it('count though they could not be written to the ledger: who called does not hang on the cluster', async () => {
      const fakes = fakeActivities(asking(listed), {
        readCaller: calledBy(['ana@corp']),
        noteDecision: async () => {
          throw ApplicationFailure.nonRetryable('no answer', 'ClusterUnavailable');
        },
      });

      await withRun(temporal, fakes, async (run) => {
        await run.until((seen) => seen.state === 'awaiting-approval');
        await run.tell('approve', ana);
        const { decisions, exceptions } = await run.report();

        expect(decisions).toEqual([expect.objectContaining({ by: 'ana', identity: 'ana@corp' })]);
        expect(decisions[0]).not.toHaveProperty('voided');
        expect(exceptions).toEqual(['the decision approve was not written to the ledger: no answer']);
      });
    });

    it('are voided with the true reason where Temporal could not be asked who called', async () => {
      let asked = 0;
      const fakes = fakeActivities(asking(listed), {
        readCaller: async () => {
          asked += 1;
          if (asked === 1) throw ApplicationFailure.nonRetryable('history may not be read', 'StepFailed');
          return acted({ identity: 'ana@corp' });
        },
      });

      await withRun(temporal, fakes, async (run) => {
        await run.until((seen) => seen.state === 'awaiting-approval');
        await run.tell('approve', ana);
        const { approvals } = await run.until((seen) => seen.approvals?.[0]?.voided !== undefined);
        expect(approvals?.[0]?.voided).toBe(
          'who approved as ana could not be read from Temporal: history may not be read; approve once more',
        );
        await run.tell('approve', ana);
        expect((await run.report()).findings).toMatchObject([{ reason: 'CallerUnread' }]);
      });
    });

    it('that nobody gives in time end the run, where the plan says no more', async () => {
      const fakes = fakeActivities(asking({ withinMs: 1500 }));

      await withRun(temporal, fakes, async (run) => {
        const waiting = await run.until((seen) => seen.state === 'awaiting-approval');
        expect(waiting).toMatchObject({ thenAtApproveBy: 'abort', approveBy: expect.any(String) });
        expect(await run.failure()).toMatchObject({ type: 'aborted', message: 'nobody approved within 1s500ms' });
      });
    });

    it('that nobody gives in time are done without, where the plan says so', async () => {
      const fakes = fakeActivities(asking({ withinMs: 1500, then: 'approve' }));

      await withRun(temporal, fakes, async (run) => {
        expect((await run.report()).decisions).toMatchObject([
          { kind: 'approve', by: 'the plan', reason: 'nobody approved within 1s500ms (then: approve)' },
        ]);
      });
    });

    it('are not waited for where the request says that the run ends there', async () => {
      const end = async (run: TestRun) => {
        const { type, message } = await run.failure();
        expect([type, message]).toEqual([
          'aborted',
          'the plan asks for an approval, and the request says "onApproval": "abort"',
        ]);
      };

      await withRun(temporal, fakeActivities(asking({})), end, { plan: 'toy', onApproval: 'abort' });
    });

    it('are not waited for where the request has approved, and that is a decision', async () => {
      const end = async (run: TestRun) => {
        expect((await run.report()).decisions).toMatchObject([
          { by: 'the request', reason: '"onApproval": "approve"' },
        ]);
      };

      await withRun(temporal, fakeActivities(asking({})), end, { plan: 'toy', onApproval: 'approve' });
    });

    it('say that the plan file has changed while they were waited for', async () => {
      const finding = {
        severity: 'warn',
        reason: 'PlanFileChanged',
        message: 'the run goes on by its own copy',
      } as const;
      const fakes = fakeActivities(asking({}), { lookAtPlanFile: async () => acted(finding) });

      await withRun(temporal, fakes, async (run) => {
        await run.until((seen) => seen.state === 'awaiting-approval');
        await run.tell('approve', ana);
        expect((await run.report()).findings).toEqual([finding]);
      });
    });
  });

  it('ends as failed when nobody decides on a hold within the time that the plan gives', async () => {
    const plan = aPlan({ queues: [aStep('mq')] }, { holds: { withinMs: 1500 } });
    const fakes = fakeActivities(plan, { awaitStage: async () => acted(failedAs('PartiallyFailed', '2 errors')) });

    await withRun(temporal, fakes, async (run) => {
      const held = await run.until((seen) => seen.state === 'held');
      expect(Date.parse(held.holds[0]?.decideBy ?? '') - Date.parse(held.holds[0]?.since ?? '')).toBe(1500);
      const { type, message, report } = await run.failure();

      expect([type, message]).toEqual(['failed', 'mq was held for 1s500ms and nobody decided: 2 errors']);
      expect(report.outcome).toBe('failed');
      expect(report.leftBehind).toEqual([
        'queues/mq: failed, generation 1; what was restored stays',
        'queues/mq: nothing goes on',
      ]);
    });

    expect(fakes.calls.at(-1)).toBe('releaseSite failed');
  });

  describe('abort', () => {
    const working = (): Fakes =>
      fakeActivities(aPlan({ storage: [aStep('volumes')], databases: [aStep('db')] }), {
        awaitStage: async ({ step }) => acted(step === 'db' ? failedAs('ItemsMissing') : succeeded),
        undoStage: async ({ step }) => acted({ left: [`DataDownload of ${step} was told to stop`] }),
      });

    it.each([
      ['an abort', (run: TestRun) => run.tell('abort', ana), false],
      ['an abort with undo', (run: TestRun) => run.tell('abort', { ...ana, undo: true }), true],
      ['a cancellation', (run: TestRun) => run.handle.cancel(), false],
    ])(
      '%s stops what the engines still do, before the lock is given back, and says what is left',
      async (_, end, undo) => {
        const fakes = working();
        const asked: unknown[] = [];
        fakes.activities.undoStage = ((real) => (input) => {
          asked.push(input.undo);
          return real(input);
        })(fakes.activities.undoStage);

        await withRun(temporal, fakes, async (run) => {
          await run.until((seen) => seen.state === 'held');
          expect(await run.refused('abort', { ...ana, undo: 'yes' })).toContain('"undo" is true or false');
          await end(run);
          const { type, report } = await run.failure();

          expect(type).toBe('aborted');
          expect(report.leftBehind).toEqual([
            'storage/volumes: done, generation 1; Completed; what was restored stays',
            'storage/volumes: DataDownload of volumes was told to stop',
            'databases/db: failed, generation 1; what was restored stays',
            'databases/db: DataDownload of db was told to stop',
          ]);
        });

        expect(asked).toEqual([undo, undo]);
        expect(fakes.calls.slice(-3).toSorted()).toEqual([
          'releaseSite aborted',
          'undoStage db g1',
          'undoStage volumes g1',
        ]);
        expect(fakes.calls.at(-1)).toBe('releaseSite aborted');
      },
    );

    it('so does a run that ends itself where it fails', async () => {
      const fakes = working();

      await withRun(
        temporal,
        fakes,
        async (run) => {
          expect((await run.failure()).type).toBe('failed');
        },
        { plan: 'toy', onFailure: 'abort' },
      );

      expect(fakes.calls.slice(-3).toSorted()).toEqual([
        'releaseSite failed',
        'undoStage db g1',
        'undoStage volumes g1',
      ]);
    });

    it('stops a step whose start it has cut off, at the generation that was being started', async () => {
      const fakes = working();
      fakes.activities.startStage = ((real) => async (input) => {
        const started = await real(input);
        // What the second generation makes is there; who made it does not come to say so.
        if (input.step === 'db' && input.generation === 2) await Context.current().cancelled;
        return started;
      })(fakes.activities.startStage);
      fakes.activities.startStage = beating(fakes.activities.startStage);

      await withRun(temporal, fakes, async (run) => {
        await run.until((seen) => seen.state === 'held');
        await run.tell('retryStep', { step: 'db', mode: 'again', ...ana });
        while (!fakes.calls.includes('startStage db g2')) await sleep(50);
        await run.tell('abort', ana);
        const { type, report } = await run.failure();

        expect(type).toBe('aborted');
        expect(report.leftBehind?.slice(2)).toEqual([
          'databases/db: restoring, generation 2; what was restored stays',
          'databases/db: DataDownload of db was told to stop',
        ]);
      });

      expect(fakes.calls).toContain('undoStage db g2');
    });

    it('stops what an earlier run of the recovery had begun, though this one has not come to it', async () => {
      const before = '2026-11-20T03:00:00.000Z';
      const fakes = fakeActivities(aPlan({ storage: [aStep('volumes')], databases: [aStep('db')] }), {
        lockSite: async () =>
          acted({
            firstWriteAt: before,
            steps: { volumes: { generation: 2, attempt: 1, startedAt: before } },
            earlier: [],
            firstDecision: 0,
          }),
        preflight: async () => {
          throw ApplicationFailure.nonRetryable('in the way', 'Blocked');
        },
      });

      await withRun(temporal, fakes, async (run) => {
        await run.until((seen) => seen.state === 'held');
        await run.tell('abort', ana);
        const { report } = await run.failure();

        expect(report.leftBehind).toEqual([
          'storage/volumes: begun in an earlier run, generation 2; what was restored stays',
          'storage/volumes: nothing goes on',
        ]);
      });

      expect(fakes.calls.filter((call) => call.startsWith('undoStage'))).toEqual(['undoStage volumes g2']);
    });

    it('stops a first start that it has cut off', async () => {
      const fakes = fakeActivities(aPlan({ storage: [aStep('volumes')], databases: [aStep('db')] }), {
        startStage: beating(async () => {
          await Context.current().cancelled;
          return acted({ handle: null });
        }),
      });

      await withRun(temporal, fakes, async (run) => {
        await run.until(({ tiers }) => tiers[3]?.steps[0]?.state === 'restoring');
        while (!fakes.calls.includes('startStage volumes g1')) await sleep(50);
        await run.tell('abort', { ...ana, undo: true });
        const { report } = await run.failure();

        expect(report.leftBehind).toEqual([
          'storage/volumes: restoring, generation 1; what was restored stays',
          'storage/volumes: nothing goes on',
        ]);
      });

      // What was never begun is left alone.
      expect(fakes.calls.filter((call) => call.startsWith('undoStage'))).toEqual(['undoStage volumes g1']);
    });
  });
});

/** Hears of its cancellation, as the real ones do: by its beats. */
function beating<Input, T>(act: (input: Input) => Promise<T>): (input: Input) => Promise<T> {
  return async (input) => {
    const { heartbeat } = Context.current();
    const timer = setInterval(() => heartbeat(), 200);
    try {
      return await act(input);
    } finally {
      clearInterval(timer);
    }
  };
}
