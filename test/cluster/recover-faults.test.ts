import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import type { Report } from '../../src/model/report.ts';
import { recoverSiteType, updateNames } from '../../src/model/run.ts';
import { readLedger, writeDecision } from '../../src/recovery/ledger.ts';
import { realActivities, type RecoverHandle, untilView } from '../support/real-worker.ts';
import { useTemporal } from '../support/temporal.ts';

const ana = { by: 'ana', reason: 'looked at it' };

/** A small plan over manifests: a namespace, then a ConfigMap with data that a check asserts to be there. */
function aPlanFile(name: string, namespace: string, more: Record<string, unknown> = {}) {
  return {
    apiVersion: 'rekindle.dev/v1alpha1',
    kind: 'RestorePlan',
    metadata: { name },
    spec: {
      site: name,
      cluster: inject('lab').context,
      namespaces: [namespace],
      stableFor: '100ms',
      tiers: {
        namespaces: [{ name: 'space', manifests: { paths: [`${name}/space.yaml`] } }],
        applications: [{ name: 'settings', manifests: { paths: [`${name}/settings.yaml`] } }],
      },
      ...more,
    },
  };
}

describe('a run on a real API server', () => {
  const temporal = useTemporal();
  let clusters: ClusterSource;
  let kube: KubeClient;
  let plansFolder: string;

  beforeAll(async () => {
    const lab = inject('lab');
    clusters = clustersFromKubeconfig(lab.kubeconfig);
    kube = clusters.client(lab.context);
    plansFolder = await mkdtemp(join(tmpdir(), 'rekindle-plans-'));
  });
  afterAll(async () => {
    await clusters.close();
    await rm(plansFolder, { recursive: true, force: true });
  });

  const aSite = async (more: Record<string, unknown> = {}): Promise<string> => {
    const name = `s-${randomUUID().slice(0, 8)}`;
    await mkdir(join(plansFolder, name));
    await writeFile(join(plansFolder, `${name}.yaml`), stringify(aPlanFile(name, name, more)));
    await writeFile(
      join(plansFolder, name, 'space.yaml'),
      stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
    );
    const settings = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: name },
      data: { greeting: 'hello' },
    };
    await writeFile(join(plansFolder, name, 'settings.yaml'), stringify(settings));
    return name;
  };
  const start = (input: unknown): Promise<RecoverHandle> =>
    temporal.client.workflow.start(recoverSiteType, {
      taskQueue: temporal.taskQueue(),
      workflowId: temporal.workflowId(),
      args: [input],
    });
  const withRealWorker = <T>(work: () => Promise<T>, source: ClusterSource = clusters): Promise<T> =>
    temporal.withWorker({ ...realActivities(temporal, source, plansFolder) }, work);
  const failure = async (handle: RecoverHandle): Promise<ApplicationFailure> => {
    const error = await handle.result().then(
      () => undefined,
      (failed: unknown) => failed,
    );
    expect(error).toBeInstanceOf(WorkflowFailedError);
    return (error as WorkflowFailedError).cause as ApplicationFailure;
  };
  const put = (object: KubeObject) => kube.create(object);
  const namespace = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const lease = (site: string) =>
    kube.get({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      namespace: 'rekindle-system',
      name: `rekindle-${site}`,
    });
  const settingsOf = (site: string) =>
    kube.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: site, name: 'settings' });

  it('restores, labels what it made, gives the lock back, and says that no data was asserted', async () => {
    const site = await aSite();

    const report: Report = await withRealWorker(async () => (await start({ plan: site })).result());

    expect(report).toMatchObject({ outcome: 'inconclusive', site, workerCrashes: 0 });
    expect((await settingsOf(site))?.metadata.labels).toMatchObject({
      'rekindle.dev/recovery': report.recovery,
      'rekindle.dev/step': 'settings',
      'rekindle.dev/generation': '1',
    });
    expect(await lease(site)).toBeUndefined();
  });

  it('refuses the live site, names the cluster and what it found, and touches nothing; goes on where the request allows it', async () => {
    const site = await aSite();
    await put(namespace(site));
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    await put({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: site },
      spec: claim,
    });

    const failed = await withRealWorker(async () => failure(await start({ plan: site, onFailure: 'abort' })));

    const { context } = inject('lab');
    expect(failed.message).toContain(
      `the site is still there in cluster ${context}: PersistentVolumeClaim ${site}/data; to restore into it all the same start with "intoLiveSite": "${context}"`,
    );
    expect(await settingsOf(site)).toBeUndefined();
    expect(await lease(site)).toBeUndefined();
  });

  it('refuses a namespace that is Terminating, and looks again when told', async () => {
    const site = await aSite();
    await put({ ...namespace(site), metadata: { name: site } });
    await put({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'holds', namespace: site, finalizers: ['example.org/holds'] },
    });
    await kube.remove({ apiVersion: 'v1', kind: 'Namespace', name: site });

    await withRealWorker(async () => {
      const handle = await start({ plan: site });
      const held = await untilView(handle, (seen) => seen.state === 'held');
      expect(held).toMatchObject({
        within: 'preflight',
        holds: [{ step: 'preflight', reason: 'NamespaceTerminating' }],
      });
      expect(held.holds[0]?.message).toContain(`Namespace ${site} is Terminating`);

      await kube.patch({ apiVersion: 'v1', kind: 'ConfigMap', namespace: site, name: 'holds' }, 'merge', {
        metadata: { finalizers: null },
      });
      for (let look = 0; look < 100 && (await kube.get({ apiVersion: 'v1', kind: 'Namespace', name: site })); look += 1)
        await new Promise((resolve) => setTimeout(resolve, 100));
      await handle.executeUpdate(updateNames.retryStep, { args: [{ step: 'preflight', ...ana }] });

      expect((await handle.result()).outcome).toBe('inconclusive');
    });
  });

  it('lets one run at a time restore a site, also under two random workflow ids, and the second says who holds it', async () => {
    const site = await aSite({ approval: { beforePhaseTwo: true } });

    await withRealWorker(async () => {
      const first = await start({ plan: site });
      await untilView(first, (seen) => seen.state === 'awaiting-approval');
      const failed = await failure(await start({ plan: site }));

      expect(failed.type).toBe('SiteBusy');
      expect(failed.message).toContain(`workflow ${first.workflowId}`);
      expect(failed.message).toContain(`http://ui/namespaces/`);
      await first.executeUpdate(updateNames.approve, { args: [ana] });
      expect((await first.result()).outcome).toBe('inconclusive');
      // Given back: the next one gets as far as what the first has left there.
      const unattended = { plan: site, onFailure: 'abort', onApproval: 'abort' };
      expect((await failure(await start(unattended))).message).toContain('would apply over what is not its own');
    });
  });

  it('holds on an object of somebody else in the way, and goes on when it is gone', async () => {
    const site = await aSite();
    await put(namespace(site));
    await kube.remove({ apiVersion: 'v1', kind: 'Namespace', name: site });
    for (let look = 0; look < 100 && (await kube.get({ apiVersion: 'v1', kind: 'Namespace', name: site })); look += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    await put(namespace(site));
    await put({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: site },
      data: { greeting: 'not ours' },
    });

    await withRealWorker(async () => {
      const handle = await start({ plan: site });
      const held = await untilView(handle, (seen) => seen.state === 'held');

      expect(held.holds[0]?.message).toContain(`ConfigMap ${site}/settings`);
      expect((await settingsOf(site))?.['data']).toEqual({ greeting: 'not ours' });
      await handle.executeUpdate(updateNames.abort, { args: [ana] });
      expect((await failure(handle)).type).toBe('aborted');
    });
  });

  it('stops when the context points to another cluster than at planning, and touches nothing there', async () => {
    const site = await aSite({ approval: { beforePhaseTwo: true } });
    let swapped = false;
    // The same server under a kube-system with another UID: what the worker sees when somebody points the context elsewhere.
    const elsewhere: KubeClient = Object.assign(Object.create(kube) as KubeClient, {
      get: async (...[ref, options]: Parameters<KubeClient['get']>) => {
        const object = await kube.get(ref, options);
        const isIdentity = object && ref.kind === 'Namespace' && ref.name === 'kube-system';
        return swapped && isIdentity ? { ...object, metadata: { ...object.metadata, uid: 'another' } } : object;
      },
    });
    const source: ClusterSource = {
      contexts: clusters.contexts,
      client: () => elsewhere,
      close: async () => undefined,
    };

    await withRealWorker(async () => {
      const handle = await start({ plan: site });
      await untilView(handle, (seen) => seen.state === 'awaiting-approval');
      swapped = true;
      await handle.executeUpdate(updateNames.approve, { args: [ana] }).catch(() => undefined);
      const held = await untilView(handle, (seen) => seen.state === 'held');

      expect(held.holds[0]?.message).toContain('now points to another cluster');
      expect(await settingsOf(site)).toBeUndefined();
      swapped = false;
      await handle.executeUpdate(updateNames.retryStep, { args: [{ step: held.holds[0]?.step, ...ana }] });
      expect((await handle.result()).outcome).toBe('inconclusive');
    }, source);
  });

  it.each([
    ['a plan that is not there', { plan: 'no-such-plan' }, 'PlanInvalid', 'no-such-plan'],
    ['a path instead of a name', { plan: '../../etc/passwd' }, 'PlanInvalid', '../../etc/passwd'],
    ['no input', null, 'RequestInvalid', 'without an input'],
    ['an array', [{ plan: 'x' }], 'RequestInvalid', 'the input is an array'],
    ['a misspelt field', { paln: 'x' }, 'RequestInvalid', 'no field "paln"'],
    [
      'a recovery that nobody knows',
      { resume: 'nobody-aaaaaaaa' },
      'RequestInvalid',
      'has a ledger of recovery nobody-aaaaaaaa',
    ],
  ])('closes with one sentence on %s', async (_, input, type, words) => {
    const failed = await withRealWorker(async () => failure(await start(input)));

    expect(failed.type).toBe(type);
    expect(failed.message).toContain(words);
    expect(failed.message).not.toContain('\n    at ');
  });

  it('goes on with no ledger that was edited by hand, says so in one sentence, and touches nothing', async () => {
    const site = await aSite({ approval: { beforePhaseTwo: true } });

    await withRealWorker(async () => {
      const first = await start({ plan: site });
      const { recovery = '' } = await untilView(first, (seen) => seen.state === 'awaiting-approval');
      await first.terminate('lost');
      const ledger = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        namespace: 'rekindle-system',
        name: `rekindle-${recovery}`,
      };
      const data = { ...((await kube.get(ledger))?.['data'] as Record<string, string>) };
      const step = data['step.space'] ?? '';
      expect(step).toContain('"endedWell":1');
      const holder = (await lease(site))?.metadata.resourceVersion;
      const edits: readonly (readonly [Record<string, string | null>, string])[] = [
        [
          { 'step.space': 'null', 'sha256.step.space': null },
          'step.space is not what was written there (expected object',
        ],
        [{ 'step.space': step.replace('"generation":1', '"generation":2') }, 'step.space does not fit its checksum'],
        [{ 'plan.yaml': 'spec: {}' }, 'plan.yaml does not fit the hash in run.json'],
      ];
      for (const [edit, why] of edits) {
        await kube.patch(ledger, 'merge', { data: edit });
        const before = await kube.get(ledger);

        const failed = await failure(await start({ resume: recovery }));

        expect(failed.message).toContain(`(ConfigMap rekindle-system/rekindle-${recovery}): ${why}`);
        expect(failed.message).toContain('; it was edited by hand');
        expect((await kube.get(ledger))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
        expect((await lease(site))?.metadata.resourceVersion).toBe(holder);
        expect(await settingsOf(site)).toBeUndefined();
        await kube.patch(ledger, 'merge', { data });
      }
    });
  });

  it('does not go on with a recovery that has come to its end, says what to do instead, and touches nothing', async () => {
    const site = await aSite();

    await withRealWorker(async () => {
      const { recovery, outcome } = await (await start({ plan: site })).result();
      const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'rekindle-system', name: `rekindle-${recovery}` };
      const before = await kube.get(ref);

      const failed = await failure(await start({ resume: recovery }));

      expect(failed.type).toBe('RequestInvalid');
      expect(failed.message).toBe(
        `"resume": recovery ${recovery} has ended as ${outcome} and there is nothing to go on with; if the site is lost again, start a new recovery: {"plan": "${site}"}`,
      );
      expect((await kube.get(ref))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
      expect(await lease(site)).toBeUndefined();
    });
  });

  it('goes on with a recovery whose run has timed out; the time until then is people deciding', async () => {
    const site = await aSite({ approval: { beforePhaseTwo: true } });

    await withRealWorker(async () => {
      const first = await temporal.client.workflow.start(recoverSiteType, {
        taskQueue: temporal.taskQueue(),
        workflowId: temporal.workflowId(),
        args: [{ plan: site }],
        workflowExecutionTimeout: '20s',
      });
      const { recovery = '' } = await untilView(first, (seen) => seen.state === 'awaiting-approval');
      await expect(first.result()).rejects.toMatchObject({ cause: { name: 'TimeoutFailure' } });
      expect((await first.describe()).status.name).toBe('TIMED_OUT');
      expect(await lease(site)).toBeDefined();

      const second = await start({ resume: recovery });
      await untilView(second, (seen) => seen.state === 'awaiting-approval');
      await second.executeUpdate(updateNames.approve, { args: [ana] });
      const report = await second.result();

      expect(report.runs).toMatchObject([{ workflowId: first.workflowId, outcome: 'interrupted' }, {}]);
      expect(report.tiers[0]?.steps[0]).toMatchObject({ generation: 1, attempts: 1, state: 'done' });
      expect(report.tiers.flatMap(({ steps }) => steps).every(({ state }) => state === 'done')).toBe(true);
      expect(report.times.crash).toBe(0);
      expect(await lease(site)).toBeUndefined();
    });
  });

  it('goes on with a recovery whose run was terminated: nothing is done twice, the report counts from the first start', async () => {
    const site = await aSite({ approval: { beforePhaseTwo: true } });

    await withRealWorker(async () => {
      const first = await start({ plan: site });
      const { recovery = '' } = await untilView(first, (seen) => seen.state === 'awaiting-approval');
      const before = await kube.get({ apiVersion: 'v1', kind: 'Namespace', name: site });
      expect((await failure(await start({ resume: recovery }))).message).toContain('is being restored by');
      // An earlier decision under a number with a gap before it: one taken before there was a ledger.
      const earlier = { at: '2026-11-20T03:00:00.000Z', kind: 'retryStep', by: 'bo', reason: 'mended' } as const;
      const { signal } = new AbortController();
      await writeDecision(kube, recovery, 1, earlier, signal);
      await first.terminate('lost');
      const closedAt = (await first.describe()).closeTime?.getTime();

      const second = await start({ resume: recovery });
      await untilView(second, (seen) => seen.state === 'awaiting-approval');
      await second.executeUpdate(updateNames.approve, { args: [ana] });
      const report = await second.result();

      expect(report).toMatchObject({ recovery, resumedFrom: expect.stringContaining(first.workflowId) });
      expect(report.tiers[0]?.steps[0]).toMatchObject({ generation: 1, attempts: 1, state: 'done' });
      // Both runs stand in the report; the first could not say how it ended, and what it had proven keeps its time.
      expect(report.runs).toMatchObject([
        { workflowId: first.workflowId, outcome: 'interrupted' },
        { workflowId: second.workflowId, outcome: 'inconclusive' },
      ]);
      const [lost, last] = report.runs ?? [];
      expect(report.startedAt).toBe(lost?.startedAt);
      expect(Date.parse(report.tiers[0]?.healthyAt ?? '')).toBeLessThan(Date.parse(last?.startedAt ?? ''));
      expect(Date.parse(lost?.endedAt ?? '')).toBeLessThan(Date.parse(last?.startedAt ?? ''));
      // Somebody ended it, and somebody let it go on: nothing had crashed.
      expect(Date.parse(lost?.endedAt ?? '')).toBeCloseTo(closedAt ?? 0, -1);
      expect(report.times.crash).toBe(0);
      const gap = (Date.parse(last?.startedAt ?? '') - Date.parse(lost?.endedAt ?? '')) / 1000;
      expect(report.times.decision).toBeGreaterThan(gap);
      const after = await kube.get({ apiVersion: 'v1', kind: 'Namespace', name: site });
      expect(after?.metadata.uid).toBe(before?.metadata.uid);
      expect(report.findings).toMatchObject([{ reason: 'TookOver' }]);
      expect(report.decisions).toMatchObject([earlier, { kind: 'approve', by: 'ana' }]);
      const { decisions } = (await readLedger(kube, recovery, signal)) ?? {};
      expect(decisions).toMatchObject([
        { number: 1, decision: earlier },
        { number: 2, decision: { kind: 'approve' } },
      ]);
    });
  });
});
