import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { KubeError } from '../../src/kube/error.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import type { Report } from '../../src/model/report.ts';
import { recoverSiteType, updateNames } from '../../src/model/run.ts';
import { readHolder } from '../../src/recovery/lock.ts';
import { type FakeKube, fakeKube } from '../support/fake-kube.ts';
import { realActivities, type RecoverHandle, untilView } from '../support/real-worker.ts';
import { useTemporal } from '../support/temporal.ts';

const ana = { by: 'ana', reason: 'looked at it' };
const { signal } = new AbortController();

const config = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'toy' },
});

/** Two steps; the second is held until somebody has put the ConfigMap `sign` there. */
const plan = {
  apiVersion: 'rekindle.dev/v1alpha1',
  kind: 'RestorePlan',
  metadata: { name: 'toy' },
  spec: {
    site: 'toy',
    cluster: 'fake',
    namespaces: ['toy'],
    stableFor: '100ms',
    tiers: {
      namespaces: [{ name: 'basics', manifests: { paths: ['toy/basics.yaml'] } }],
      databases: [
        {
          name: 'orders',
          manifests: { paths: ['toy/orders.yaml'] },
          timeout: '1s',
          checks: [
            {
              name: 'signed',
              timeout: '1s',
              resourceExists: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'toy', name: 'sign' },
            },
          ],
        },
      ],
    },
  },
};

/** The UI's box "Exclude Updates that happened after the Reset point". */
const withoutUpdates = [2];

/** A cluster with the site's namespace; it is read directly, since it watches nothing. */
function aCluster(): FakeKube {
  const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const watch = () => {
    throw new KubeError('no watches here', { code: 405, reason: 'MethodNotAllowed' });
  };
  return { ...fakeKube({ objects: [namespace('kube-system'), namespace('toy')] }), watch };
}

/** What was changed in the site itself. */
const acts = ({ requests }: FakeKube) => requests.filter((request) => request.startsWith('apply'));
/** What became of the lock. */
const lockActs = ({ requests }: FakeKube) =>
  requests.flatMap((request) => {
    const [verb, kind] = request.split(' ');
    return kind === 'Lease' && verb !== 'get' ? [verb] : [];
  });

/** Real activities on a cluster in memory, a real Temporal: what Reset does to a run is decided between the two. */
describe('a run that is Reset', () => {
  const temporal = useTemporal();
  let plansFolder: string;

  beforeAll(async () => {
    plansFolder = await mkdtemp(join(tmpdir(), 'rekindle-plans-'));
    await mkdir(join(plansFolder, 'toy'));
    await writeFile(join(plansFolder, 'toy.yaml'), stringify(plan));
    for (const name of ['basics', 'orders'])
      await writeFile(join(plansFolder, 'toy', `${name}.yaml`), stringify(config(name)));
  });
  afterAll(() => rm(plansFolder, { recursive: true, force: true }));

  /** Its handle goes on meaning this execution when there is a newer one. */
  const start = async (): Promise<RecoverHandle> => {
    const { workflowId, firstExecutionRunId } = await temporal.client.workflow.start(recoverSiteType, {
      taskQueue: temporal.taskQueue(),
      workflowId: temporal.workflowId(),
      args: [{ plan: 'toy' }],
    });
    return temporal.client.workflow.getHandle(workflowId, firstExecutionRunId);
  };
  const held = (handle: RecoverHandle) => untilView(handle, ({ state }) => state === 'held');
  const retry = (handle: RecoverHandle) =>
    handle.executeUpdate(updateNames.retryStep, { args: [{ step: 'orders', mode: 'again', ...ana }] });

  /** Runs work with one run that is held over a cluster; ends whatever is open afterwards. */
  const withHeld = async (work: (handle: RecoverHandle, kube: FakeKube) => Promise<void>): Promise<void> => {
    const kube = aCluster();
    const clusters = { contexts: ['fake'], client: () => kube, close: async () => undefined };
    await temporal.withWorker({ ...realActivities(temporal, clusters, plansFolder) }, async () => {
      const handle = await start();
      const { workflowId } = handle;
      try {
        await held(handle);
        await work(handle, kube);
      } finally {
        await temporal.client.workflow
          .getHandle(workflowId)
          .terminate()
          .catch(() => undefined);
      }
    });
  };

  /** Resets as the UI does, to the workflow task from which this activity came first; the new execution. */
  const reset = async (
    handle: RecoverHandle,
    to: 'pinRecovery' | 'startStage',
    resetReapplyExcludeTypes: readonly number[] = [],
  ): Promise<RecoverHandle> => {
    const { workflowId } = handle;
    const { events } = await handle.fetchHistory();
    const scheduled = events
      ?.map((event) => event.activityTaskScheduledEventAttributes)
      .find((activity) => activity?.activityType?.name === to);
    if (!scheduled?.workflowTaskCompletedEventId) throw new Error(`the run has no ${to}`);
    const { runId } = await temporal.client.workflowService.resetWorkflowExecution({
      namespace: temporal.environment.namespace ?? 'default',
      workflowExecution: { workflowId, runId: (await handle.describe()).runId },
      reason: 'a test',
      requestId: randomUUID(),
      workflowTaskFinishEventId: scheduled.workflowTaskCompletedEventId,
      resetReapplyExcludeTypes: [...resetReapplyExcludeTypes],
    });
    return temporal.client.workflow.getHandle(workflowId, runId);
  };

  const failure = async (handle: RecoverHandle) => {
    const error: unknown = await handle.result().then(
      () => 'it completed',
      (failed: unknown) => failed,
    );
    expect(error).toBeInstanceOf(WorkflowFailedError);
    const { type, message, details } = (error as WorkflowFailedError).cause as ApplicationFailure;
    return { type, message, report: details?.[0] as Report };
  };

  it('while it is held, goes on under its own lock and names, does nothing twice, and asks again', async () => {
    await withHeld(async (handle, kube) => {
      const { recovery } = await held(handle);
      const done = ['apply ConfigMap toy/basics', 'apply ConfigMap toy/orders'];
      expect(acts(kube)).toEqual(done);

      const again = await reset(handle, 'startStage');
      const seen = await held(again);

      expect(seen.recovery).toBe(recovery);
      expect(seen.holds).toMatchObject([{ step: 'orders', reason: 'NotHealthy' }]);
      expect(acts(kube)).toEqual(done);
      expect(lockActs(kube)).toEqual(['create']);
      expect((await readHolder(kube, 'toy', signal))?.recovery).toBe(recovery);

      kube.put(config('sign'));
      await retry(again);
      const report = await again.result();

      expect(report).toMatchObject({
        outcome: 'inconclusive',
        recovery,
        decisions: [{ kind: 'retryStep', by: 'ana' }],
      });
      // The second generation is what was decided.
      expect(acts(kube)).toEqual([...done, 'apply ConfigMap toy/orders']);
      expect(lockActs(kube)).toEqual(['create', 'remove']);
    });
  });

  it('to before a generation that was begun, is held until it is told to go on there', async () => {
    await withHeld(async (handle, kube) => {
      await retry(handle);
      await untilView(handle, ({ state, tiers }) => state === 'held' && tiers[4]?.steps[0]?.generation === 2);
      const before = acts(kube);

      const again = await reset(handle, 'startStage');
      expect((await held(again)).holds).toMatchObject([
        {
          step: 'orders',
          reason: 'NotOurs',
          message: 'step orders has gone on to generation 2, attempt 1: this one came too late',
        },
      ]);
      kube.put(config('sign'));
      await retry(again);

      expect((await again.result()).tiers[4]?.steps[0]).toMatchObject({ state: 'done', generation: 2 });
      expect(acts(kube)).toEqual(before);
    });
  });

  it('after its end, to before its lock, takes it anew and finds what was done', async () => {
    await withHeld(async (handle, kube) => {
      kube.put(config('sign'));
      await retry(handle);
      const first = await handle.result();
      const before = acts(kube);

      const second = await (await reset(handle, 'pinRecovery')).result();

      expect(second).toMatchObject({ outcome: 'inconclusive', recovery: first.recovery });
      expect(second.decisions).toEqual(first.decisions);
      expect(acts(kube)).toEqual(before);
      expect(lockActs(kube)).toEqual(['create', 'remove', 'create', 'remove']);
    });
  });

  it('after its end, to a step, may not act: it says that the lock is gone, and abort ends it', async () => {
    await withHeld(async (handle, kube) => {
      kube.put(config('sign'));
      await retry(handle);
      await handle.result();
      const before = acts(kube);

      const again = await reset(handle, 'startStage');
      const gone = 'the lock of site toy (Lease rekindle-system/rekindle-toy) is gone; this run may not act any more';
      expect((await held(again)).holds).toMatchObject([{ step: 'basics', reason: 'NotOurs', message: gone }]);
      await again.executeUpdate(updateNames.abort, { args: [ana] });

      expect(await failure(again)).toMatchObject({ type: 'aborted', message: 'aborted by ana (stated): looked at it' });
      expect(acts(kube)).toEqual(before);
    });
  });

  it('after its end, while another run restores the site, is refused with its name, and leaves it the lock', async () => {
    await withHeld(async (handle, kube) => {
      await handle.executeUpdate(updateNames.abort, { args: [ana] });
      await failure(handle);
      const other = await start();
      try {
        const recovery = (await untilView(other, ({ state }) => state === 'held')).recovery ?? '';
        const before = acts(kube);

        const busy = await failure(await reset(handle, 'pinRecovery', withoutUpdates));
        expect(busy.type).toBe('SiteBusy');
        expect(busy.message).toContain(`site toy is being restored by recovery ${recovery} (workflow`);

        const again = await reset(handle, 'startStage', withoutUpdates);
        expect((await held(again)).holds[0]?.message).toBe(
          `the lock of site toy is now held by recovery ${recovery}; this run may not act any more`,
        );
        await again.cancel();
        await failure(again);

        expect(acts(kube)).toEqual(before);
        expect((await readHolder(kube, 'toy', signal))?.recovery).toBe(recovery);
      } finally {
        await other.terminate();
      }
    });
  });

  it('gets an abort once more that came after the event, unless Updates are left out', async () => {
    await withHeld(async (handle) => {
      await handle.executeUpdate(updateNames.abort, { args: [ana] });
      await failure(handle);

      const { type, report } = await failure(await reset(handle, 'pinRecovery'));
      expect(type).toBe('aborted');
      expect(report.decisions).toMatchObject([{ kind: 'abort', identity: expect.stringContaining('@') }]);

      expect((await held(await reset(handle, 'pinRecovery', withoutUpdates))).state).toBe('held');
    });
  });
});
