import { describe, expect, it } from 'vitest';
import { KubeError } from '../../../src/kube/error.ts';
import { valueAt } from '../../../src/kube/read.ts';
import type { KubeObject } from '../../../src/kube/types.ts';
import { stepLabels } from '../../../src/recovery/names.ts';
import { VeleroSpec } from '../../../src/velero/spec.ts';
import { stopRestores } from '../../../src/velero/stop.ts';
import { contextOf, planOf } from '../../support/driver-context.ts';
import { fakeKube, type FakeKubeOptions } from '../../support/fake-kube.ts';

const at = '2026-11-21T09:00:00Z';
const recovery = 'shop-r';
const backup = { namespace: 'velero', name: 'b', storageLocation: 'd', startTimestamp: at, phase: 'Completed' };

function restore(step: string, generation: number, phase: string): KubeObject {
  const labels = stepLabels({ recovery, tier: 'storage', step, generation, attempt: 1 });
  const metadata = { name: `${recovery}-storage-${step}-g${generation}`, namespace: 'velero', labels };
  return { apiVersion: 'velero.io/v1', kind: 'Restore', metadata, status: { phase } };
}

function move(name: string, of: string, phase = 'InProgress'): KubeObject {
  const labels = { 'velero.io/restore-name': of };
  return {
    apiVersion: 'velero.io/v2alpha1',
    kind: 'DataDownload',
    metadata: { name, namespace: 'velero', labels },
    spec: {},
    status: { phase },
  };
}

/** What an abort meets in the second generation of `volumes`, whose start was cut off. */
function site(options: FakeKubeOptions = {}) {
  const kube = fakeKube({
    objects: [
      restore('volumes', 1, 'PartiallyFailed'),
      restore('volumes', 2, 'New'),
      restore('others', 1, 'New'),
      move('first', `${recovery}-storage-volumes-g1`),
      move('done', `${recovery}-storage-volumes-g1`, 'Completed'),
      move('foreign', `${recovery}-storage-others-g1`),
    ],
    ...options,
  });
  const plan = planOf(['shop'], [{ tier: 'storage', name: 'volumes', driver: 'velero', spec: VeleroSpec.parse({}) }]);
  const ctx = contextOf({ kube, plan, step: 'volumes', recovery, generation: 2, backup, firstWriteAt: at });
  const cancelled = async (name: string) => {
    const ref = { apiVersion: 'velero.io/v2alpha1', kind: 'DataDownload', namespace: 'velero', name };
    return valueAt(await kube.get(ref), 'spec', 'cancel');
  };
  return { kube, ctx, cancelled };
}

describe('stopping what Velero does for a step', () => {
  it('finds Restores and moves of every generation by their labels, and touches no other step', async () => {
    const { kube, ctx, cancelled } = site();

    const { left } = await stopRestores(ctx);

    expect(left).toEqual([
      'Restore velero/shop-r-storage-volumes-g2 was not begun yet and was taken back',
      expect.stringMatching(/^DataDownload first .*; it was told to stop/),
    ]);
    expect(kube.requests.filter((request) => request.startsWith('remove'))).toEqual([
      'remove Restore velero/shop-r-storage-volumes-g2',
    ]);
    expect([await cancelled('first'), await cancelled('done'), await cancelled('foreign')]).toEqual([
      true,
      undefined,
      undefined,
    ]);
  });

  it('tells what it may not stop, and stops the rest', async () => {
    const { kube, ctx, cancelled } = site();
    const forbidden = new KubeError('restores is forbidden', { code: 403, reason: 'Forbidden' });

    const { left } = await stopRestores({ ...ctx, kube: { ...kube, remove: () => Promise.reject(forbidden) } });

    expect(left[0]).toBe(
      'Restore velero/shop-r-storage-volumes-g2 is not begun yet and will be: it may not be stopped from here: restores is forbidden',
    );
    expect(await cancelled('first')).toBe(true);
  });
});
