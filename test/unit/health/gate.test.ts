import { describe, expect, it } from 'vitest';
import { type GateInput, lookAtGate } from '../../../src/health/gate.ts';
import type { KubeObject } from '../../../src/kube/types.ts';
import type { Acceptance } from '../../../src/model/plan.ts';
import type { QuiesceTarget } from '../../../src/model/quiesce.ts';
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

describe('what is wrong', () => {
  const podIn = (reason: string): KubeObject =>
    object(
      'v1',
      'Pod',
      { name: 'web', namespace: 'shop' },
      { status: { phase: 'Pending', containerStatuses: [{ name: 'web', state: { waiting: { reason } } }] } },
    );
  const phased = (apiVersion: string, kind: string, phase: string): KubeObject =>
    object(apiVersion, kind, { name: 'x', namespace: 'shop' }, { status: { phase } });

  it.each([
    ['is suspect where it may heal', podIn('ImagePullBackOff'), { terminal: false, suspect: true }],
    ['is terminal where it cannot', podIn('InvalidImageName'), { terminal: true, suspect: false }],
    ['is neither while it is on its way', podIn('ContainerCreating'), { terminal: false, suspect: false }],
    [
      'is judged by the kind of its group: Velero',
      phased('velero.io/v1', 'Backup', 'PartiallyFailed'),
      { terminal: true },
    ],
    [
      'is judged by the kind of its group: CloudNativePG',
      phased('postgresql.cnpg.io/v1', 'Backup', 'failed'),
      { terminal: true },
    ],
    [
      'is suspect for a location away',
      phased('velero.io/v1', 'BackupStorageLocation', 'Unavailable'),
      { terminal: false, suspect: true },
    ],
  ])('%s', async (_what, one, expected) => {
    expect(await look({ objects: [one] })).toMatchObject({ passed: false, ...expected });
  });

  it('is both when there is one of each: terminal goes first', async () => {
    const bad = { ...podIn('ErrImageNeverPull'), metadata: { name: 'zz', namespace: 'shop' } };

    const seen = await look({ objects: [podIn('CrashLoopBackOff'), bad] });

    expect(seen).toMatchObject({ terminal: true, suspect: true, waiting: [{ name: 'zz' }, { name: 'web' }] });
  });

  it('is nothing to wait for once the plan accepts it', async () => {
    const accept = [{ kind: 'Pod', verdict: 'Degraded', reason: 'known' } as const];

    expect(await look({ objects: [podIn('ImagePullBackOff')], accept })).toMatchObject({
      passed: true,
      suspect: false,
    });
  });

  it('is neither when only rights are missing: that is for how long they are', async () => {
    const seen = await lookAtGate({
      kube: fakeKube({ objects: [settings], forbiddenKinds: ['ConfigMap'] }),
      plan: { accept: [] },
      tier: 'namespaces',
      refs: [refOf(settings)],
      signal,
    });

    expect(seen).toMatchObject({ passed: false, terminal: false, suspect: false, refused: true });
  });

  it('is not a right of ours that is missing when a controller calls its own failure so', async () => {
    const stores = [{ type: 'Ready', status: 'False', reason: 'Forbidden', message: 'the provider refused' }];
    const store = object('external-secrets.io/v1', 'SecretStore', { name: 's' }, { status: { conditions: stores } });

    const seen = await look({ objects: [store] });

    expect(seen).toMatchObject({ passed: false, terminal: false, refused: false, waiting: [{ reason: 'Forbidden' }] });
  });
});

describe("a plan's own verdict rule", () => {
  const widget = object('example.com/v1', 'Widget', { name: 'w', namespace: 'shop' }, { status: { phase: 'Broken' } });
  const lookWith = (healthy: string, degraded?: string) =>
    lookAtGate({
      kube: fakeKube({ objects: [widget] }),
      plan: {
        accept: [],
        verdicts: [{ group: 'example.com', kind: 'Widget', healthy, ...(degraded === undefined ? {} : { degraded }) }],
      },
      tier: 'applications',
      refs: [refOf(widget)],
      signal,
    });

  it('opens the gate, holds it, or makes it suspect', async () => {
    expect(await lookWith('status.phase == "Broken"')).toMatchObject({ passed: true });
    expect(await lookWith('status.phase == "Up"')).toMatchObject({ passed: false, suspect: false });
    expect(await lookWith('status.phase == "Up"', 'status.phase == "Broken"')).toMatchObject({
      passed: false,
      suspect: true,
      terminal: false,
    });
  });

  it('that cannot be answered never opens it, and its gate says why', async () => {
    const seen = await lookWith('status.fase == "Broken"');

    expect(seen).toMatchObject({
      passed: false,
      terminal: false,
      waiting: [{ verdict: 'Unknown', reason: 'RuleError' }],
    });
    expect(seen.reason).toContain('No such key: fase');
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

describe('a Service that nobody stands behind', () => {
  const service = object(
    'v1',
    'Service',
    { name: 'web', namespace: 'shop' },
    { spec: { type: 'NodePort', selector: { app: 'web' } } },
  );

  it('is a debt until the applications are there, then it has to have an endpoint', async () => {
    expect(await look({ objects: [service], tier: 'databases' })).toMatchObject({
      passed: true,
      debts: [{ kind: 'Service', reason: 'NoReadyEndpoints' }],
    });
    expect(await look({ objects: [service], tier: 'ingress' })).toMatchObject({ passed: false, debts: [] });
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

describe('what the plan quiesces', () => {
  const off = object('batch/v1', 'CronJob', { name: 'report', namespace: 'shop' }, { spec: { suspend: true } });
  const web = (spec: object) => object('apps/v1', 'Deployment', { name: 'web', namespace: 'shop' }, { spec });
  const seen = (one: KubeObject, quiesce: readonly QuiesceTarget[]) =>
    lookAtGate({
      kube: fakeKube({ objects: [one] }),
      plan: { accept: [], quiesce },
      tier: 'applications',
      refs: [refOf(one)],
      signal,
    });
  const named = (kind: QuiesceTarget['kind']): QuiesceTarget => ({ kind, namespaces: ['shop'], optional: false });

  it('may be Suspended, and is no exception', async () => {
    expect(await seen(off, [])).toMatchObject({ passed: false, waiting: [{ verdict: 'Suspended' }] });
    expect(await seen(off, [named('Deployment')])).toMatchObject({ passed: false });
    expect(await seen(off, [named('CronJob')])).toMatchObject({ passed: true, exceptions: [] });
  });

  it('of a workload is zero replicas, and no rollout that somebody has paused', async () => {
    expect(await seen(web({ replicas: 0 }), [named('Deployment')])).toMatchObject({ passed: true });
    expect(await seen(web({ replicas: 0, paused: true }), [named('Deployment')])).toMatchObject({ passed: true });
    expect(await seen(web({ replicas: 2, paused: true }), [named('Deployment')])).toMatchObject({ passed: false });
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
