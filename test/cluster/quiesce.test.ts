import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { installCrds } from '../../lab/crds.ts';
import { putBack as putBackVerb } from '../../src/cli/put-back.ts';
import { loadConfig } from '../../src/config.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import type { QuiesceReport } from '../../src/model/report.ts';
import { readLedger } from '../../src/recovery/ledger.ts';
import { ensureControlNamespace } from '../../src/recovery/lock.ts';
import { ledgerName } from '../../src/recovery/names.ts';
import { putBackAll } from '../../src/recovery/put-back.ts';
import { quiesceSite, writeQuiesce } from '../../src/recovery/quiesce.ts';
import { beginRecovery, installQuiescable, made, type Recovery, template } from '../support/quiesce-site.ts';

const { signal } = new AbortController();
const silent = (): void => undefined;
const pods = {
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'x', image: 'x.invalid/x:1' }] } } },
};

describe('quiescing on a real API server', () => {
  let clusters: ClusterSource;
  let kube: KubeClient;
  let namespace: string;
  let site: string;

  beforeAll(async () => {
    const lab = inject('lab');
    clusters = clustersFromKubeconfig(lab.kubeconfig);
    kube = clusters.client(lab.context);
    await Promise.all([
      ensureControlNamespace(kube, signal),
      installCrds(lab, ['velero', 'cnpg']),
      installQuiescable(kube),
    ]);
  }, 240_000);
  afterAll(() => clusters.close());
  beforeEach(async () => {
    namespace = `q-${randomUUID().slice(0, 8)}`;
    site = namespace;
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  });

  const object = (apiVersion: string, kind: string, name: string, spec: object): KubeObject => ({
    apiVersion,
    kind,
    metadata: { name, namespace },
    spec,
  });
  const cronJob = (name: string, more: object = {}) =>
    object('batch/v1', 'CronJob', name, { schedule: '0 1 * * *', jobTemplate: pods, ...more });
  const live = async ({ apiVersion, kind, metadata }: KubeObject): Promise<KubeObject> => {
    const found = await kube.get({ apiVersion, kind, namespace, name: metadata.name });
    if (!found) throw new Error(`${kind} ${metadata.name} is not there`);
    return found;
  };
  const specOf = async (of: KubeObject) => (await live(of))['spec'];
  const marksOf = async (of: KubeObject) => (await live(of)).metadata.annotations ?? {};
  const begin = (quiesce: readonly object[]): Promise<Recovery> =>
    beginRecovery(clusters, kube, { site, namespace, quiesce });
  const stop = async (recovery: Recovery) => quiesceSite(await recovery.session(), silent);
  const back = async ({ run, session }: Recovery, said: string[] = []): Promise<readonly QuiesceReport[]> => {
    const opened = await session();
    return putBackAll({
      kube,
      recovery: run.recovery,
      entries: opened.ledger.quiesce,
      check: () => opened.assertOurs(),
      note: (entry) => writeQuiesce(kube, run.recovery, [{ before: {}, ...entry, state: 'put back' }], signal),
      say: (reason) => said.push(reason),
      signal,
      patienceMs: 2000,
    });
  };

  it('stops one of each kind in the plan’s order and puts all of them back in reverse, field by field', async () => {
    const objects: readonly KubeObject[] = [
      object('argoproj.io/v1alpha1', 'Application', 'shop', {
        project: 'shop',
        syncPolicy: { automated: { selfHeal: true, prune: true }, syncOptions: ['CreateNamespace=true'] },
      }),
      object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', 'apps', { interval: '10m', prune: true }),
      object('helm.toolkit.fluxcd.io/v2beta2', 'HelmRelease', 'web', { interval: '10m', suspend: false }),
      object('velero.io/v1', 'Schedule', 'nightly', { schedule: '0 1 * * *', template: {} }),
      object('postgresql.cnpg.io/v1', 'ScheduledBackup', 'orders', {
        schedule: '0 0 0 * * *',
        cluster: { name: 'orders' },
      }),
      object('longhorn.io/v1beta2', 'RecurringJob', 'backup', {
        name: 'backup',
        groups: ['default'],
        task: 'backup',
        cron: '0 2 * * *',
        retain: 7,
        concurrency: 2,
      }),
      cronJob('report'),
      object('autoscaling/v2', 'HorizontalPodAutoscaler', 'web', {
        minReplicas: 2,
        maxReplicas: 5,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
        ],
      }),
      object('apps/v1', 'Deployment', 'web', { replicas: 3, ...template }),
      object('apps/v1', 'StatefulSet', 'db', { replicas: 2, serviceName: 'db', ...template }),
    ];
    const before: unknown[] = [];
    for (const one of objects) before.push((await made(kube, one))['spec']);
    const quiesce = objects.map(({ kind, metadata }) => ({ kind, names: [metadata.name], namespaces: [namespace] }));
    const recovery = await begin(quiesce);

    const stopped = await stop(recovery);

    expect(stopped.map(({ kind, state }) => `${kind} ${state}`)).toEqual(
      objects.map(({ kind }) => `${kind} left quiesced`),
    );
    const specs = await Promise.all(objects.map(specOf));
    expect(specs).toMatchObject([
      { syncPolicy: { syncOptions: ['CreateNamespace=true'] } },
      { suspend: true },
      { suspend: true },
      { paused: true },
      { suspend: true },
      { cron: '0 0 31 2 *', groups: ['default'] },
      { suspend: true },
      { behavior: { scaleUp: { selectPolicy: 'Disabled' }, scaleDown: { selectPolicy: 'Disabled' } } },
      { replicas: 0 },
      { replicas: 0 },
    ]);
    expect(specs[0]).not.toHaveProperty('syncPolicy.automated');
    for (const one of objects) expect((await marksOf(one))['rekindle.dev/quiesced-by']).toBe(recovery.run.recovery);
    const ledger = await readLedger(kube, recovery.run.recovery, signal);
    expect(ledger?.quiesce.toSorted((a, b) => a.order - b.order).map(({ kind, before: was }) => [kind, was])).toEqual(
      expect.arrayContaining([
        ['Deployment', { replicas: 3 }],
        ['RecurringJob', { cron: '0 2 * * *' }],
      ]),
    );

    const said: string[] = [];
    const ended = await back(recovery, said);

    expect(ended.map(({ state }) => state)).toEqual(objects.map(() => 'put back'));
    expect(said).toEqual(
      objects.map(({ kind, metadata }) => `puts ${kind} ${namespace}/${metadata.name} back`).toReversed(),
    );
    for (const [index, one] of objects.entries()) {
      expect(await specOf(one), one.kind).toEqual(before[index]);
      expect(Object.keys(await marksOf(one)), one.kind).not.toContain('rekindle.dev/before');
    }
  });

  it('done twice changes nothing, and remembers what was before the first time', async () => {
    const job = await kube.create(cronJob('report', { suspend: false }));
    const recovery = await begin([{ kind: 'CronJob' }]);
    await stop(recovery);
    const once = await live(job);

    await stop(recovery);

    expect((await live(job)).metadata.resourceVersion).toBe(once.metadata.resourceVersion);
    expect((await marksOf(job))['rekindle.dev/before']).toBe('{"suspend":false}');
    await back(recovery);
    await back(recovery);
    expect(await specOf(job)).toMatchObject({ suspend: false });
  });

  it.each(['the note in the ledger', 'the annotation'])('goes on after a crash behind %s', async (where) => {
    const job = await kube.create(cronJob('report'));
    const recovery = await begin([{ kind: 'CronJob' }]);
    const ref = { apiVersion: 'batch/v1', kind: 'CronJob', namespace, name: 'report' };
    const before = { suspend: false };
    await writeQuiesce(kube, recovery.run.recovery, [{ ...ref, order: 0, state: 'quiesced', before }], signal);
    const annotations = {
      'rekindle.dev/quiesced-by': recovery.run.recovery,
      'rekindle.dev/before': JSON.stringify(before),
    };
    if (where === 'the annotation') await kube.patch(ref, 'merge', { metadata: { annotations } });
    const untouched = await specOf(job);

    expect(await stop(recovery)).toMatchObject([{ name: 'report', state: 'left quiesced' }]);
    expect(await specOf(job)).toMatchObject({ suspend: true });

    expect(await back(recovery)).toMatchObject([{ state: 'put back' }]);
    expect(await specOf(job)).toEqual(untouched);
    expect(await marksOf(job)).toEqual({});
  });

  it('ends between mark and change: the mark goes, nothing else changes', async () => {
    const job = await kube.create(cronJob('report'));
    const recovery = await begin([{ kind: 'CronJob' }]);
    const ref = { apiVersion: 'batch/v1', kind: 'CronJob', namespace, name: 'report' };
    const before = { suspend: false };
    await writeQuiesce(kube, recovery.run.recovery, [{ ...ref, order: 0, state: 'quiesced', before }], signal);
    const annotations = { 'rekindle.dev/quiesced-by': recovery.run.recovery, 'rekindle.dev/before': '{}' };
    await kube.patch(ref, 'merge', { metadata: { annotations } });

    expect(await back(recovery)).toMatchObject([{ state: 'put back' }]);
    expect(await specOf(job)).toEqual(job['spec']);
    expect(await marksOf(job)).toEqual({});
  });

  it('leaves alone what somebody else has suspended, then and at the end', async () => {
    const off = await kube.create(cronJob('off', { suspend: true }));
    await kube.create(cronJob('on'));
    const recovery = await begin([{ kind: 'CronJob' }]);

    expect(await stop(recovery)).toMatchObject([
      { name: 'off', state: 'was already' },
      { name: 'on', state: 'left quiesced' },
    ]);
    expect(await marksOf(off)).toEqual({});

    expect(await back(recovery)).toMatchObject([
      { name: 'on', state: 'put back' },
      { name: 'off', state: 'was already' },
    ]);
    expect(await specOf(off)).toMatchObject({ suspend: true });
  });

  it('touches nothing where another recovery has something stopped, and says whose it is', async () => {
    const job = await kube.create(cronJob('b-report'));
    const first = await begin([{ kind: 'CronJob' }]);
    await stop(first);
    const other = await kube.create(cronJob('a-other'));
    const second = await begin([{ kind: 'CronJob' }]);

    await expect(stop(second)).rejects.toMatchObject({
      type: 'Conflict',
      message: expect.stringContaining(`CronJob ${namespace}/b-report is quiesced by recovery ${first.run.recovery}`),
    });
    expect(await specOf(other)).toMatchObject({ suspend: false });
    expect(await back(second)).toEqual([]);
    expect(await specOf(job)).toMatchObject({ suspend: true });
  });

  it('stops by labels and by name alone', async () => {
    const wanted = cronJob('a');
    await kube.create({ ...wanted, metadata: { ...wanted.metadata, labels: { quiet: 'yes' } } });
    await kube.create(cronJob('b'));
    await kube.create(cronJob('c'));
    const recovery = await begin([
      { kind: 'CronJob', selector: { matchLabels: { quiet: 'yes' } } },
      { kind: 'CronJob', names: ['c', 'never-was'] },
    ]);

    expect((await stop(recovery)).map(({ name }) => name)).toEqual(['a', 'c']);
    expect(await specOf(cronJob('b'))).toMatchObject({ suspend: false });
  });

  it('says what it could not put back, and why, and puts the others back all the same', async () => {
    const [gone, foreign, started, changed] = ['gone', 'foreign', 'started', 'changed'].map((name) => cronJob(name));
    if (!gone || !foreign || !started || !changed) throw new Error('unreachable');
    for (const job of [gone, foreign, started, changed]) await kube.create(job);
    const recovery = await begin([{ kind: 'CronJob' }]);
    await stop(recovery);
    const ref = (job: KubeObject) => ({ apiVersion: 'batch/v1', kind: 'CronJob', namespace, name: job.metadata.name });
    await kube.remove(ref(gone));
    const theirs = { 'rekindle.dev/quiesced-by': 'shop-zzzzzzzz' };
    await kube.patch(ref(foreign), 'merge', { metadata: { annotations: theirs } });
    await kube.patch(ref(started), 'merge', { spec: { suspend: false } });
    const none = { 'rekindle.dev/quiesced-by': null };
    await kube.patch(ref(changed), 'merge', { metadata: { annotations: none } });

    expect(await back(recovery)).toEqual([
      expect.objectContaining({ name: 'started', state: 'put back', why: 'somebody had started it again before us' }),
      expect.objectContaining({ name: 'gone', state: 'not there', why: 'it is gone since it was quiesced' }),
      expect.objectContaining({
        name: 'foreign',
        state: 'left quiesced',
        why: expect.stringContaining('shop-zzzzzzzz'),
      }),
      expect.objectContaining({
        name: 'changed',
        state: 'left quiesced',
        why: expect.stringContaining('somebody else'),
      }),
    ]);
    expect(await specOf(started)).toMatchObject({ suspend: false });
    expect(await marksOf(started)).toEqual({});
  });

  describe('rekindle put-back', () => {
    const verb = async (options: { readonly list?: boolean; readonly takeOver?: boolean } = {}) => {
      const lab = inject('lab');
      let stdout = '';
      const output = { result: (line: string) => (stdout += line), note: silent, draw: silent, settle: silent };
      const config = { ...loadConfig(), kubeconfig: lab.kubeconfig };
      const code = await putBackVerb(site, { context: lab.context, output: 'json', ...options }, config, {
        ...output,
        watched: false,
        columns: 120,
        colours: undefined as never,
      });
      const said = JSON.parse(stdout) as { recoveries: { ledger: boolean; objects: QuiesceReport[] }[]; left: number };
      return { code, ...said };
    };

    it('puts back what a terminated run has left, by its ledger, once', async () => {
      const web = await kube.create(object('apps/v1', 'Deployment', 'web', { replicas: 3, ...template }));
      const job = await kube.create(cronJob('report'));
      const recovery = await begin([{ kind: 'CronJob' }, { kind: 'Deployment', names: ['web'] }]);
      await stop(recovery);

      expect(await verb({ list: true })).toMatchObject({ code: 4, left: 2 });
      expect(await specOf(web)).toMatchObject({ replicas: 0 });
      expect(await verb({ takeOver: true })).toMatchObject({
        code: 0,
        left: 0,
        recoveries: [
          {
            recovery: recovery.run.recovery,
            ledger: true,
            objects: [
              { kind: 'Deployment', name: 'web', state: 'put back' },
              { kind: 'CronJob', name: 'report', state: 'put back' },
            ],
          },
        ],
      });
      expect(await specOf(web)).toMatchObject({ replicas: 3 });
      expect(await specOf(job)).toMatchObject({ suspend: false });
      expect(await verb({ takeOver: true })).toMatchObject({ code: 0, recoveries: [] });
    });

    it('puts back by the annotations alone where lock and ledger are gone', async () => {
      const job = await kube.create(cronJob('report'));
      const recovery = await begin([{ kind: 'CronJob' }]);
      await stop(recovery);
      const control = { namespace: 'rekindle-system' };
      await kube.remove({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name: ledgerName(recovery.run.recovery),
        ...control,
      });
      await kube.remove({
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        name: `rekindle-${site}`,
        ...control,
      });

      expect(await verb()).toMatchObject({
        code: 0,
        recoveries: [{ ledger: false, objects: [{ state: 'put back' }] }],
      });
      expect(await specOf(job)).toMatchObject({ suspend: false });
      expect(await marksOf(job)).toEqual({});
    });
  });
});
