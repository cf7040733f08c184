import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApplicationFailure, WorkflowFailedError, WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import type { CleanedUp } from '../../src/model/cleaned-up.ts';
import { drillSiteType } from '../../src/model/run.ts';
import { readLedger } from '../../src/recovery/ledger.ts';
import { readHolder } from '../../src/recovery/lock.ts';
import { bringLab, type TestLab } from '../support/lab.ts';
import { realActivities, type RecoverHandle, untilView } from '../support/real-worker.ts';
import { useTemporal } from '../support/temporal.ts';
import { twoNames } from '../support/two-names.ts';

/** A finalizer that nobody takes away. */
const hold = 'example.org/hold';

describe('what a terminated drill left, on a real API server', { timeout: 150_000 }, () => {
  const temporal = useTemporal();
  const { signal } = new AbortController();
  let source: ClusterSource;
  let testLab: TestLab;
  let clusters: ClusterSource;
  let kube: KubeClient;
  let folder: string;
  let site: string;
  let recovery: string;
  let drill: RecoverHandle;

  // An API server of its own: what other tests make meanwhile, cluster-scoped, would be found by the last look.
  beforeAll(async () => {
    testLab = await bringLab('control-plane');
    const { lab } = testLab;
    source = clustersFromKubeconfig(lab.kubeconfig);
    clusters = twoNames(source, lab.context);
    kube = source.client(lab.context);
    folder = await mkdtemp(join(tmpdir(), 'rekindle-left-'));
  });
  afterAll(async () => {
    await source?.close();
    await testLab?.end();
    await rm(folder, { recursive: true, force: true });
  });

  /** A site whose drill stands. */
  const stand = async (cleanUpTimeout: string): Promise<void> => {
    site = `ld-${randomUUID().slice(0, 8)}`;
    const objects = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: site } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: site } },
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: site }, rules: [] },
    ];
    await writeFile(join(folder, `${site}.json`), objects.map((object) => JSON.stringify(object)).join('\n---\n'));
    await writeFile(
      join(folder, `${site}.yaml`),
      `apiVersion: rekindle.dev/v1alpha1
kind: RestorePlan
metadata: { name: ${site} }
spec:
  site: ${site}
  cluster: ${kube.context}
  namespaces: [${site}]
  stableFor: 0s
  drill: { cluster: practice, keepFor: 1h, cleanUpTimeout: ${cleanUpTimeout} }
  tiers:
    namespaces:
      - name: basics
        manifests: { paths: [${site}.json] }
        timeout: 1m
`,
    );
    await withWorker('first', async () => {
      drill = await start({ plan: site });
      ({ recovery = '' } = await untilView(drill, ({ state }) => state === 'standing', 60_000));
    });
  };

  const withWorker = <T>(identity: string, work: () => Promise<T>): Promise<T> =>
    temporal.withWorker({ ...realActivities(temporal, clusters, folder, identity) }, work);
  const start = (input: object): Promise<RecoverHandle> =>
    temporal.client.workflow.start(drillSiteType, {
      taskQueue: temporal.taskQueue(),
      workflowId: temporal.workflowId(),
      args: [input],
    });
  const startCleanUp = async (of: string): Promise<WorkflowHandle<() => Promise<CleanedUp>>> =>
    temporal.client.workflow.getHandle((await start({ cleanUp: of, by: 'ana', reason: 'terminated' })).workflowId);
  const failureOf = async (handle: WorkflowHandle): Promise<ApplicationFailure> => {
    const error = await handle.result().catch((failed: unknown) => failed);
    return (error as WorkflowFailedError).cause as ApplicationFailure;
  };
  const there = (kind: string, name: string, apiVersion = 'v1', namespace?: string) =>
    kube.get({ apiVersion, kind, name, ...(namespace ? { namespace } : {}) });
  const settings = () => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: site, name: 'settings' });
  const finalizers = (list: readonly string[]) =>
    kube.patch(settings(), 'merge', { metadata: { finalizers: list.length > 0 ? list : null } });

  it('is removed by a run of its own, which another worker goes on with; the lock is free, the ledger says so; and once more', async () => {
    await stand('2m');
    await finalizers([hold]);
    await drill.terminate('the test');
    expect(await readHolder(kube, site, signal)).toMatchObject({ recovery });
    const cleaning = await startCleanUp(site);

    await withWorker('second', async () => {
      await expect
        .poll(async () => (await there('Namespace', site))?.metadata.deletionTimestamp, { timeout: 20_000 })
        .toBeDefined();
    });
    await finalizers([]);
    const cleaned = await withWorker('third', () => cleaning.result());

    expect(cleaned).toMatchObject({
      message: `what drill ${recovery} had left in practice is gone`,
      recovery,
      tookOver: `took over the lock of recovery ${recovery}, whose run is closed`,
      cleanUp: { clean: true, left: [] },
    });
    expect(await there('Namespace', site)).toBeUndefined();
    expect(await there('ClusterRole', site, 'rbac.authorization.k8s.io/v1')).toBeUndefined();
    expect(await readHolder(kube, site, signal)).toBeUndefined();
    const ledger = await readLedger(kube, recovery, signal);
    expect(ledger).toMatchObject({ outcome: 'cleaned up', cleanedUp: { clean: true }, run: { mode: 'drill' } });
    expect(ledger?.decisions.map(({ decision }) => [decision.kind, decision.by])).toEqual([['cleanUp', 'ana']]);

    const again = await withWorker('fourth', async () => (await startCleanUp(recovery)).result());
    expect(again.cleanUp).toMatchObject({ clean: true, left: [] });
  });

  it('is not touched while the drill is open, and the refusal says where that is', async () => {
    await stand('2m');
    await withWorker('second', async () => {
      const failed = await failureOf(await startCleanUp(recovery));

      expect(failed.type).toBe('SiteBusy');
      expect(failed.message).toContain(`recovery ${recovery} (workflow ${drill.workflowId}, http://ui/`);
      expect(await there('Namespace', site)).toBeDefined();
      await drill.executeUpdate('cleanUp', { args: [{ by: 'ana', reason: 'seen' }] });
      await drill.result();
    });

    expect((await readLedger(kube, recovery, signal))?.cleanedUp).toMatchObject({ clean: true });
  });

  it('is named with the finalizer that holds it, and is gone after a second run when that is taken away', async () => {
    await stand('10s');
    await finalizers([hold]);
    await drill.terminate('the test');

    await withWorker('second', async () => {
      const failed = await failureOf(await startCleanUp(recovery));

      expect([failed.type, failed.message]).toEqual([
        'failed',
        expect.stringMatching(
          `drill ${recovery} is not cleaned up: ConfigMap ${site}/settings: .*held by finalizer ${hold}`,
        ),
      ]);
      const [result] = failed.details as [CleanedUp];
      expect(result.cleanUp.clean).toBe(false);
      expect(JSON.stringify(result.cleanUp.left)).toContain(hold);
      expect(await readHolder(kube, site, signal)).toBeUndefined();
      const open = await readLedger(kube, recovery, signal);
      expect(open).toMatchObject({ outcome: 'not cleaned up', cleanedUp: { clean: false } });

      await finalizers([]);
      const cleaned = await (await startCleanUp(site)).result();
      expect(cleaned.cleanUp).toMatchObject({ clean: true, left: [] });
    });
  });

  it('is never removed from the site’s own cluster, whatever it is called', async () => {
    await stand('2m');
    await drill.terminate('the test');
    const practice = clusters.client('practice');
    // The plan's own context leads to the drill's cluster now.
    const moved: ClusterSource = { ...clusters, client: () => practice };

    await temporal.withWorker({ ...realActivities(temporal, moved, folder, 'second') }, async () => {
      const failed = await failureOf(await startCleanUp(recovery));

      expect([failed.type, failed.message]).toEqual([
        'PlanInvalid',
        `spec.drill.cluster: context practice is the site's own cluster ${kube.context} (its kube-system has the same UID); a drill needs another cluster`,
      ]);
    });

    expect(await there('Namespace', site)).toBeDefined();
    expect((await there('Namespace', site))?.metadata.deletionTimestamp).toBeUndefined();
    await kube.remove({ apiVersion: 'v1', kind: 'Namespace', name: site });
    await kube.remove({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: site });
  });
});
