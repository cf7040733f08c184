import { MockActivityEnvironment } from '@temporalio/testing';
import { CancelledFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { acting, type ActingDeps } from '../../../activities/acting.ts';

const teller = { tell: () => undefined, forget: () => undefined } as unknown as ActingDeps['teller'];

/** A wait that is interrupted: what it fails with, and its last beat. */
async function interrupted(reason: 'WORKER_SHUTDOWN' | 'CANCELLED') {
  const environment = new MockActivityEnvironment();
  const beats: { readonly handsOver?: boolean }[] = [];
  environment.on('heartbeat', (details: { readonly handsOver?: boolean }) => beats.push(details));
  const activity = acting(
    { identity: 'one', teller },
    'gate',
    () => ({ step: 'web' }),
    (_input: null, { signal }) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('the read was cut off'))),
      ),
  );
  const run: Promise<unknown> = environment.run(activity, null).catch((thrown: unknown) => thrown);
  environment.cancel(reason);
  return { failed: await run, last: beats.at(-1) };
}

describe('a wait whose worker is stopped', () => {
  it('may be gone on with at once, and by its last beat no worker has crashed', async () => {
    const { failed, last } = await interrupted('WORKER_SHUTDOWN');

    expect(failed).toMatchObject({ type: 'HandedOver', nonRetryable: false, nextRetryDelay: 1 });
    expect(last).toMatchObject({ handsOver: true });
  });

  it('is not taken for one whose run was cancelled', async () => {
    const { failed } = await interrupted('CANCELLED');

    expect(failed).toBeInstanceOf(CancelledFailure);
  });
});
