import { expect, it } from 'vitest';
import type { DriverContext } from '../../../src/drivers/driver.ts';
import { storageFindings } from '../../../src/velero/preflight-storage.ts';
import { contextOf, planOf, type StepOf } from '../../support/driver-context.ts';
import { fakeKube, type FakeKubeOptions } from '../../support/fake-kube.ts';
import { claim, item } from './items.ts';

const wanted = [
  { ...claim('shop', 'data'), storageClass: 'fast' },
  item('volumesnapshots.snapshot.storage.k8s.io', 'VolumeSnapshot', 's', { namespace: 'shop' }),
  item('volumesnapshotcontents.snapshot.storage.k8s.io', 'VolumeSnapshotContent', 'c', { csiDriver: 'csi.test' }),
];
const volumes: StepOf = { tier: 'storage', name: 'volumes', driver: 'velero', spec: {} };
const operator: StepOf = { tier: 'operators', name: 'csi', driver: 'velero', spec: {} };

async function found(more: Partial<DriverContext> = {}, steps = [volumes], options: FakeKubeOptions = {}) {
  const kube = fakeKube({ absentKinds: ['VolumeSnapshotContent'], ...options });
  const plan = planOf(['shop'], steps);
  const ctx = contextOf({ kube, plan, step: 'volumes', recovery: 'r', firstWriteAt: '2026-11-21T10:00:00Z' });
  const findings = await storageFindings({ ...ctx, ...more }, {}, wanted, wanted);
  return findings.map(({ severity, reason }) => `${severity} ${reason}`);
}

it('blocks for what volumes need and nothing brings', async () => {
  expect(await found()).toEqual(['block SnapshotKindsMissing', 'block CsiDriverMissing', 'block StorageClassMissing']);
});

it('says nothing of what a step brings from its own files', async () => {
  const own = [
    'CustomResourceDefinition volumesnapshotcontents.snapshot.storage.k8s.io',
    'CSIDriver csi.test',
    'StorageClass fast',
  ];
  const broughtBy = (kind: string, name: string) => (own.includes(`${kind} ${name}`) ? 'files' : undefined);

  expect(await found({ broughtBy })).toEqual([]);
});

it('only warns where an operator of an earlier tier may bring it', async () => {
  expect(await found({}, [operator, volumes])).toEqual([
    'warn SnapshotKindsMissing',
    'warn CsiDriverMissing',
    'warn StorageClassMissing',
  ]);
});

it('only warns where it may not look', async () => {
  expect(await found({}, [volumes], { absentKinds: [], forbiddenKinds: ['CSIDriver', 'StorageClass'] })).toEqual([
    'warn NotLookedAt',
    'warn NotLookedAt',
  ]);
});
