import { describe, expect, it } from 'vitest';
import { type GateInput, lookAtGate } from '../../../src/health/gate.ts';
import type { KubeObject } from '../../../src/kube/types.ts';
import type { Acceptance } from '../../../src/model/plan.ts';
import type { TierName } from '../../../src/model/tiers.ts';
import type { ObjectRef } from '../../../src/model/verdict.ts';
import { fakeKube } from '../../support/fake-kube.ts';

const signal = new AbortController().signal;

type Metadata = { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };

function object(
  apiVersion: string,
  kind: string,
  metadata: Metadata,
  rest: { readonly [field: string]: unknown } = {},
): KubeObject {
  return { apiVersion, kind, metadata, ...rest };
}

function refOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): ObjectRef {
  return namespace === undefined ? { apiVersion, kind, name } : { apiVersion, kind, namespace, name };
}

interface Scene {
  readonly objects: readonly KubeObject[];
  readonly judged?: readonly KubeObject[];
  readonly tier?: TierName;
  readonly accept?: readonly Acceptance[];
}

function look({ objects, judged, tier = 'applications', accept = [] }: Scene) {
  const input: GateInput = {
    kube: fakeKube({ objects }),
    plan: { accept },
    tier,
    refs: (judged ?? objects).map(refOf),
    signal,
  };
  return lookAtGate(input);
}

const settings = object('v1', 'ConfigMap', { name: 'settings', namespace: 'shop' });
const shared = object(
  'storage.k8s.io/v1',
  'StorageClass',
  { name: 'lab' },
  { volumeBindingMode: 'WaitForFirstConsumer' },
);
const source = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'snap' };
const claim = object(
  'v1',
  'PersistentVolumeClaim',
  { name: 'data', namespace: 'shop' },
  { spec: { storageClassName: 'lab', dataSource: source }, status: { phase: 'Pending' } },
);
const snapshotApi = 'snapshot.storage.k8s.io/v1';
const snapshot = object(
  snapshotApi,
  'VolumeSnapshot',
  { name: 'snap', namespace: 'shop', uid: 's1' },
  { status: { readyToUse: true, boundVolumeSnapshotContentName: 'c1' } },
);
const content = object(
  snapshotApi,
  'VolumeSnapshotContent',
  { name: 'c1' },
  { spec: { volumeSnapshotRef: { namespace: 'shop', name: 'snap', uid: 's1' } }, status: { readyToUse: true } },
);
const consumer = object(
  'v1',
  'Pod',
  { name: 'db-0', namespace: 'shop' },
  { spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] }, status: { phase: 'Pending' } },
);
const budget = object(
  'policy/v1',
  'PodDisruptionBudget',
  { name: 'web', namespace: 'shop', generation: 1 },
  { status: { observedGeneration: 1, currentHealthy: 0, desiredHealthy: 1 } },
);
const stopped = object(
  'apps/v1',
  'Deployment',
  { name: 'web', namespace: 'shop', generation: 1 },
  { spec: { replicas: 0 }, status: { observedGeneration: 1 } },
);

describe('a gate', () => {
  it('never passes over nothing', async () => {
    const seen = await look({ objects: [] });

    expect(seen).toMatchObject({ passed: false, objects: 0, terminal: false });
    expect(seen.reason).toContain('a gate over nothing');
  });

  it('lets kinds without a status pass by being there', async () => {
    expect(await look({ objects: [settings] })).toMatchObject({
      passed: true,
      objects: 1,
      reason: '',
      debts: [],
      exceptions: [],
    });
  });

  it('does not pass while an object is missing, and names it', async () => {
    const seen = await look({ objects: [], judged: [settings] });

    expect(seen).toMatchObject({ passed: false, waitingCount: 1, terminal: false });
    expect(seen.reason).toContain('ConfigMap shop/settings');
  });

  it('tells the worst first, at most twenty, and counts the others', async () => {
    const missing = Array.from({ length: 30 }, (_, index) =>
      object('v1', 'ConfigMap', { name: `m-${index}`, namespace: 'shop' }),
    );
    const lost = object(
      'v1',
      'PersistentVolumeClaim',
      { name: 'old', namespace: 'shop' },
      { spec: { volumeName: 'pv-9' }, status: { phase: 'Lost' } },
    );

    const seen = await look({ objects: [lost], judged: [...missing, lost] });

    expect(seen).toMatchObject({ passed: false, waitingCount: 31, terminal: true });
    expect(seen.waiting).toHaveLength(20);
    expect(seen.reason).toBe('PersistentVolumeClaim shop/old: its volume pv-9 is gone and 30 more');
  });
});

describe('a claim that waits for its first consumer', () => {
  const ready = [claim, shared, snapshot, content];

  it('passes the storage tier as a debt when its snapshot is bound both ways and ready', async () => {
    const seen = await look({ objects: ready, judged: [claim], tier: 'storage' });

    expect(seen).toMatchObject({
      passed: true,
      debts: [{ kind: 'PersistentVolumeClaim', name: 'data', reason: 'WaitForFirstConsumer' }],
    });
  });

  it('does not pass another tier: there its consumer has come with it', async () => {
    expect(await look({ objects: ready, judged: [claim], tier: 'databases' })).toMatchObject({
      passed: false,
      debts: [],
    });
  });

  it('does not pass once a pod mounts it: it must become bound', async () => {
    expect(await look({ objects: [...ready, consumer], judged: [claim], tier: 'storage' })).toMatchObject({
      passed: false,
      debts: [],
      waiting: [{ reason: 'Pending' }],
    });
  });

  const { status, ...unready } = content;
  const foreign = { ...content, spec: { volumeSnapshotRef: { namespace: 'shop', name: 'snap', uid: 'another' } } };
  const empty = { ...claim, spec: { storageClassName: 'lab' } };
  it.each([
    ['without a snapshot', [empty, shared], empty],
    ['whose snapshot is not there', [claim, shared], claim],
    ['whose content is not there', [claim, shared, snapshot], claim],
    ['whose content is not ready', [claim, shared, snapshot, unready], claim],
    ['whose content belongs to another snapshot', [claim, shared, snapshot, foreign], claim],
    ['whose snapshot is not bound', [claim, shared, { ...snapshot, status: { readyToUse: true } }, content], claim],
    [
      'whose snapshot is not ready',
      [claim, shared, { ...snapshot, status: { readyToUse: false, boundVolumeSnapshotContentName: 'c1' } }, content],
      claim,
    ],
  ])('does not pass %s', async (_why, objects, judged) => {
    expect(status).toBeDefined();
    expect(await look({ objects, judged: [judged], tier: 'storage' })).toMatchObject({
      passed: false,
      debts: [],
      waiting: [{ reason: 'WaitForFirstConsumer' }],
    });
  });
});

describe('budgets and autoscalers', () => {
  it('are debts until the applications are there', async () => {
    expect(await look({ objects: [budget], tier: 'applications' })).toMatchObject({
      passed: true,
      debts: [{ kind: 'PodDisruptionBudget', reason: 'LessHealthy' }],
    });
  });

  it('have to be healthy after the applications', async () => {
    expect(await look({ objects: [budget], tier: 'ingress' })).toMatchObject({ passed: false, debts: [] });
  });

  it('are no debt when they are not there at all', async () => {
    expect(await look({ objects: [], judged: [budget] })).toMatchObject({ passed: false, debts: [] });
  });
});

describe('accept lines', () => {
  const line: Acceptance = {
    kind: 'Deployment',
    name: 'web',
    namespace: 'shop',
    verdict: 'Suspended',
    reason: 'stays off after a disaster',
  };

  it('let a verdict pass and are listed with the object and the reason', async () => {
    const seen = await look({ objects: [stopped, settings], accept: [line] });

    expect(seen.passed).toBe(true);
    expect(seen.exceptions).toEqual([
      'Deployment shop/web is Suspended (ScaledToZero), accepted by the plan: stays off after a disaster',
    ]);
  });

  it('are what a suspended object needs to pass', async () => {
    expect(await look({ objects: [stopped] })).toMatchObject({ passed: false, exceptions: [] });
  });

  it.each<readonly [string, Acceptance]>([
    ['another verdict', { ...line, verdict: 'Degraded' }],
    ['another name', { ...line, name: 'api' }],
    ['another namespace', { ...line, namespace: 'other' }],
    ['another kind', { ...line, kind: 'StatefulSet' }],
  ])('do not fit %s', async (_what, other) => {
    expect(await look({ objects: [stopped], accept: [other] })).toMatchObject({ passed: false, exceptions: [] });
  });

  it('for a whole kind come before its debt, so that nothing stays owed', async () => {
    const seen = await look({
      objects: [budget],
      accept: [{ kind: 'PodDisruptionBudget', verdict: 'Progressing', reason: 'one replica in a drill' }],
    });

    expect(seen).toMatchObject({ passed: true, debts: [] });
    expect(seen.exceptions).toHaveLength(1);
  });

  it('that no object needs are not listed', async () => {
    expect((await look({ objects: [settings], accept: [line] })).exceptions).toEqual([]);
  });
});
