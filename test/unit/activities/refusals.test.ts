import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { acting, type ActingDeps } from '../../../activities/acting.ts';
import { KubeError } from '../../../src/kube/error.ts';

const forbidden = new KubeError('cannot create ConfigMap a: forbidden', { code: 403, reason: 'Forbidden' });
const away = new KubeError('no answer', { code: 0, reason: 'Unreachable' });
const teller = { tell: () => undefined, forget: () => undefined } as unknown as ActingDeps['teller'];

interface Refused {
  readonly since: number;
  readonly at: number;
}

/** One attempt that ends with an error; what it fails with and what its last beat hands to the next one. */
async function attempt(error: KubeError, refused?: Refused) {
  const activity = acting(
    { identity: 'one', teller },
    'the start',
    () => ({ step: 'web' }),
    () => Promise.reject(error),
  );
  const before = { worker: 'one', at: new Date().toISOString(), crashes: [], handsOver: true };
  const heartbeatDetails = refused === undefined ? undefined : { ...before, refused };
  const environment = new MockActivityEnvironment({ heartbeatDetails });
  const handed: (Refused | undefined)[] = [];
  environment.on('heartbeat', (details: { refused?: Refused }) => handed.push(details.refused));
  const failed: unknown = await environment.run(activity, null).catch((thrown: unknown) => thrown);
  return { failed, handed: handed.at(-1) };
}

describe('an act that is not permitted', () => {
  it('is tried again at first: an API server that has just started refuses everybody', async () => {
    const { failed, handed } = await attempt(forbidden);

    expect(failed).toMatchObject({ type: 'PermissionDenied', nonRetryable: false, message: forbidden.message });
    expect(handed?.since).toBe(handed?.at);
  });

  it('hands over since when it is refused, and is over after half a minute of it', async () => {
    const now = Date.now();

    const young = await attempt(forbidden, { since: now - 10_000, at: now - 2000 });
    const old = await attempt(forbidden, { since: now - 31_000, at: now - 2000 });

    expect(young).toMatchObject({ failed: { nonRetryable: false }, handed: { since: now - 10_000 } });
    expect(old).toMatchObject({ failed: { type: 'PermissionDenied', nonRetryable: true } });
  });

  it('begins anew when the refusal before was long ago, or another trouble came between', async () => {
    const now = Date.now();

    const later = await attempt(forbidden, { since: now - 400_000, at: now - 300_000 });
    const other = await attempt(away, { since: now - 31_000, at: now - 2000 });

    expect(later).toMatchObject({ failed: { type: 'PermissionDenied', nonRetryable: false } });
    expect(other).toMatchObject({ failed: { type: 'ClusterUnavailable', nonRetryable: false }, handed: undefined });
  });
});
