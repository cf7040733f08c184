import { describe, expect, it } from 'vitest';
import { KubeError } from '../../../src/kube/error.ts';
import type { KubeObject } from '../../../src/kube/types.ts';
import { startRestore } from '../../../src/velero/restore.ts';
import { VeleroSpec } from '../../../src/velero/spec.ts';
import { contextOf, planOf } from '../../support/driver-context.ts';
import { type FakeKube, fakeKube } from '../../support/fake-kube.ts';
import { claim } from './items.ts';

const at = '2026-11-21T09:00:00Z';
const backup = { namespace: 'velero', name: 'b', storageLocation: 'd', startTimestamp: at, phase: 'Completed' };
const name = 'shop-r-storage-volumes-g1';
const rules = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'velero', name };

function start(kube: FakeKube, warned: string[] = []) {
  const spec = VeleroSpec.parse({ storageClassMapping: { fast: 'slow' } });
  const plan = planOf(['shop'], [{ tier: 'storage', name: 'volumes', driver: 'velero', spec }]);
  const inventory = () => Promise.resolve({ items: [{ ...claim('shop', 'data'), storageClass: 'fast' }] });
  const context = contextOf({ kube, plan, step: 'volumes', recovery: 'shop-r', backup, inventory, firstWriteAt: at });
  return startRestore({ ...context, log: { ...context.log, warn: (message) => warned.push(message) } }, spec);
}

const theBackup: KubeObject = {
  apiVersion: 'velero.io/v1',
  kind: 'Backup',
  metadata: { name: 'b', namespace: 'velero' },
  spec: { storageLocation: 'd' },
  status: { startTimestamp: at },
};

describe('the rules of a Restore', () => {
  it('belong to it, so that they go with it; started twice they are told so once', async () => {
    const kube = fakeKube({ objects: [theBackup] });
    await start(kube);
    await start(kube);

    const restore = await kube.get({ ...rules, apiVersion: 'velero.io/v1', kind: 'Restore' });
    expect((await kube.get(rules))?.metadata.ownerReferences).toEqual([
      { apiVersion: 'velero.io/v1', kind: 'Restore', name, uid: restore?.metadata.uid },
    ]);
    expect(restore?.['spec']).toMatchObject({ resourceModifier: { kind: 'ConfigMap', name } });
    expect(kube.requests.filter((request) => request.startsWith('patch'))).toHaveLength(1);
  });

  it('stay where the cluster does not let us say so: the restore goes on, and the log tells', async () => {
    const forbidden = new KubeError('patch ConfigMap is forbidden', { code: 403, reason: 'Forbidden' });
    const kube = { ...fakeKube({ objects: [theBackup] }), patch: () => Promise.reject(forbidden) };
    const warned: string[] = [];

    expect(await start(kube, warned)).toEqual({ restore: { namespace: 'velero', name } });
    expect(warned).toEqual(['The rules of a Restore stay when it goes']);
  });
});
