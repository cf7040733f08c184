import { describe, expect, it } from 'vitest';
import { type LookedOnly, lookOnlyMemo, lookOnlyQueueOf } from '../../src/model/look.ts';
import { acted, aFullPlan, fakeActivities } from '../support/fake-activities.ts';
import { useTemporal } from '../support/temporal.ts';

describe('a run that only looks', () => {
  const temporal = useTemporal();
  const start = (input: object, taskQueue = temporal.taskQueue()) =>
    temporal.client.workflow.start('recoverSite', { taskQueue, workflowId: temporal.workflowId(), args: [input] });
  const metadataOf = (workflowId: string) =>
    temporal.client.workflow.getHandle(workflowId).query<{ currentDetails: string }>('__temporal_workflow_metadata');

  it('validates, looks and ends: no Backup is pinned, no lock taken, nothing restored', async () => {
    const fakes = fakeActivities(aFullPlan());

    await temporal.withWorker(fakes.activities, async () => {
      const handle = await start({ plan: 'toy', planOnly: true });
      const looked: LookedOnly = await handle.result();

      expect(fakes.calls).toEqual(['loadPlan', 'lookAtPlan']);
      expect(looked).toMatchObject({ lookedOnly: true, plan: 'toy', verdict: 'clear' });
      expect(looked.message).toBe(
        'this run only looked, as "planOnly": true asks: nothing was restored and no lock was taken; to restore, start recoverSite without "planOnly"',
      );
      const { currentDetails } = await metadataOf(handle.workflowId);
      expect(currentDetails).toMatch(/^\*\*Only looked\. Nothing was restored\.\*\*\n/);
      const { memo, typedSearchAttributes } = await handle.describe();
      expect(memo).toMatchObject({ plan: 'toy', site: 'toy', [lookOnlyMemo.lookOnly]: true });
      // The UI's form copies them from the run that it is filled in from.
      expect(typedSearchAttributes.getAll().filter(({ key }) => key.name.startsWith('Rekindle'))).toEqual([]);
    });
  });

  it('only looks on a queue for looking, whatever its input says', async () => {
    const fakes = fakeActivities(aFullPlan());
    const taskQueue = lookOnlyQueueOf(temporal.taskQueue());

    await temporal.withWorker(
      fakes.activities,
      async () => {
        const looked: LookedOnly = await (await start({ plan: 'toy' }, taskQueue)).result();

        expect(fakes.calls).toEqual(['loadPlan', 'lookAtPlan']);
        expect(looked.message).toContain(`as every run on task queue ${taskQueue} does`);
        expect(looked.message).toContain('on task queue rekindle with the input {"plan": "toy"}');
      },
      { taskQueue },
    );
  });

  it('goes on with no recovery', async () => {
    const fakes = fakeActivities(aFullPlan());

    await temporal.withWorker(fakes.activities, async () => {
      const both = await start({ resume: 'toy-a2b3c4d5', planOnly: true });

      await expect(both.result()).rejects.toMatchObject({
        cause: { type: 'RequestInvalid', message: expect.stringContaining('leave one of the two out') },
      });
      expect(fakes.calls).toEqual(['loadPlan']);
    });
  });

  it('shows at most 2 KB, the findings first, however many there are', async () => {
    const long =
      'Deployment shop/web: image registry.example/shop/web:1.2.3 is not in any registry that answers. '.repeat(4);
    const findings = Array.from({ length: 30 }, () => ({ severity: 'block' as const, reason: 'X', message: long }));
    const plan = aFullPlan();
    const usual = fakeActivities(plan).activities;
    const fakes = fakeActivities(plan, {
      lookAtPlan: async (input) => {
        const { value } = await usual.lookAtPlan(input);
        return acted({ ...value, verdict: 'blocked', findings, findingsCut: 12 });
      },
    });

    await temporal.withWorker(fakes.activities, async () => {
      const handle = await start({ plan: 'toy', planOnly: true });
      await handle.result();

      const { currentDetails } = await metadataOf(handle.workflowId);
      expect(Buffer.byteLength(currentDetails)).toBeLessThanOrEqual(2000);
      expect(currentDetails).toContain('**a run would be held**');
      expect(currentDetails).toMatch(/- and \d+ more in the result/);
    });
  });
});
