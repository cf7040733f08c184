import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { acting, type ActingDeps } from '../../../activities/acting.ts';
import { WatchHub } from '../../../src/kube/watch-hub.ts';
import { WatchedReads } from '../../../src/kube/watching.ts';
import { waitUntil } from '../../../src/recovery/wait.ts';
import { type LivingApi, startLivingApi } from '../kube/living-api.ts';

const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
let living: LivingApi;
let hub: WatchHub;

afterEach(async () => {
  hub.close();
  await living.api.close();
});

describe('a wait that is woken by changes', () => {
  it('beats with the newest reason as soon as it is another one', async () => {
    living = await startLivingApi();
    living.put('web', { replicas: 0 });
    hub = new WatchHub(living.api.kube());
    const reads = new WatchedReads(hub);
    const teller = { tell: () => undefined, forget: () => undefined } as unknown as ActingDeps['teller'];
    const activity = acting(
      { identity: 'one', teller },
      'gate',
      () => ({ step: 'web' }),
      (_input: null, beat) =>
        waitUntil(
          async () => {
            const replicas = Number((await reads.kube.get(ref))?.['replicas']);
            return replicas >= 3 ? { done: replicas } : { notYet: `${replicas} of 3 replicas` };
          },
          { everyMs: 60_000, wake: reads, deadlineAt: () => Date.now() + 15_000, signal: beat.signal, say: beat.say },
        ),
    );
    const reasons: string[] = [];
    const environment = new MockActivityEnvironment();
    environment.on('heartbeat', ({ reason }: { reason: string }) => reasons.push(reason));

    const run = environment.run(activity, null);
    for (const replicas of [1, 2]) {
      living.put('web', { replicas });
      await expect.poll(() => reasons.at(-1), { timeout: 4000, interval: 10 }).toBe(`${replicas} of 3 replicas`);
    }
    living.put('web', { replicas: 3 });

    expect(await run).toMatchObject({ value: { done: 3 } });
  });
});
