import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { installCrds } from '../../lab/crds.ts';
import { drivers } from '../../src/drivers/registry.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import { valueAt } from '../../src/kube/read.ts';
import type { Access, KubeClient } from '../../src/kube/types.ts';
import { labelKeys } from '../../src/model/labels.ts';
import { quiesceKindNames } from '../../src/model/quiesce.ts';
import type { CleanUpReport, Report } from '../../src/model/report.ts';
import { drillSiteType } from '../../src/model/run.ts';
import type { ActName } from '../../src/preflight/act-needs.ts';
import { cleanUp } from '../../src/recovery/clean-up.ts';
import { updateStep } from '../../src/recovery/ledger.ts';
import { preflight } from '../../src/recovery/preflight.ts';
import { putBackAll } from '../../src/recovery/put-back.ts';
import { quiesceSite } from '../../src/recovery/quiesce.ts';
import type { Session } from '../../src/recovery/session.ts';
import { setAside } from '../../src/recovery/set-aside.ts';
import { installQuiescable, type Recovery } from '../support/quiesce-site.ts';
import { realActivities, type RecoverHandle, reportIn } from '../support/real-worker.ts';
import { useTemporal } from '../support/temporal.ts';
import { twoNames } from '../support/two-names.ts';
import { claim } from '../support/velero-site.ts';
import { startVeleroStandIn, type VeleroStandIn } from '../support/velero-stand-in.ts';
import { bookstoreNeeds, granted, lackingOf, untilGranted, workerLogin } from '../support/worker-rbac.ts';
import {
  beginSite,
  heldAs,
  makeDrillTraces,
  makeMove,
  makeOccupied,
  makeQuiescable,
  rehearsable,
  rehearsalRole,
  startStep,
  veleroNamespace,
} from '../support/worker-rbac-site.ts';

const silent = (): void => undefined;
const volumes = { tier: 'storage', step: 'volumes', generation: 1, attempt: 1 } as const;
const web = { tier: 'applications', step: 'web', generation: 1, attempt: 1 } as const;

/** What no file gives: whoever has one of these can give himself the rest. */
const never: readonly Access[] = [
  { verb: 'create', group: '', resource: 'secrets', namespace: 'shop-data' },
  { verb: 'create', group: '', resource: 'pods', namespace: 'shop-data' },
  { verb: 'create', group: 'apps', resource: 'deployments', namespace: 'shop-web' },
  { verb: 'create', group: 'velero.io', resource: 'backups', namespace: 'velero' },
  { verb: 'delete', group: 'velero.io', resource: 'backups', namespace: 'velero' },
  { verb: 'create', group: 'velero.io', resource: 'restores', namespace: 'shop-data' },
  ...['create', 'update', 'patch', 'escalate', 'bind'].flatMap((verb) =>
    ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'].map((resource) => ({
      ...{ verb, group: 'rbac.authorization.k8s.io', resource },
    })),
  ),
  ...['nodes', 'services', 'pods'].map((kind) => ({ verb: 'delete', group: '', resource: `${kind}/proxy` })),
  { verb: 'get', group: '', resource: 'nodes/proxy' },
  { verb: 'create', group: '', resource: 'serviceaccounts/token', namespace: 'velero' },
  { verb: 'impersonate', group: '', resource: 'users' },
  { verb: 'patch', group: 'admissionregistration.k8s.io', resource: 'mutatingwebhookconfigurations' },
  { verb: '*', group: '*', resource: '*' },
];

/** In the order in which a plan of everything stops them. */
const byPlan = (a: string, b: string): number => placeIn(a) - placeIn(b);
const placeIn = (text: string): number => quiesceKindNames.findIndex((kind) => text.startsWith(`${kind} `));

describe('the manifests under deploy', { timeout: 300_000 }, () => {
  const temporal = useTemporal();
  let folder: string;
  let admins: ClusterSource;
  let admin: KubeClient;
  let workers: ClusterSource;
  let worker: KubeClient;
  let engine: VeleroStandIn;
  let ungrant: () => Promise<void>;

  beforeAll(async () => {
    const lab = inject('lab');
    folder = await mkdtemp(join(tmpdir(), 'rekindle-rbac-'));
    admins = clustersFromKubeconfig(lab.kubeconfig);
    admin = admins.client(lab.context);
    ungrant = await granted(admin, 'deploy/worker-rbac.yaml');
    workers = await workerLogin(lab, folder);
    worker = workers.client(lab.context);
    await untilGranted(worker, await bookstoreNeeds());
    await installCrds(lab, ['velero', 'snapshot', 'cnpg']);
    await installQuiescable(admin);
    engine = await startVeleroStandIn(lab, admin, veleroNamespace);
  }, 240_000);
  afterAll(async () => {
    await engine.stop();
    await ungrant();
    await workers.close();
    await admins.close();
    await rm(folder, { recursive: true, force: true });
  });

  const lacking = async (act?: ActName) =>
    lackingOf(worker, await bookstoreNeeds(act, act === 'cleanUp' ? await admin.resources() : []));
  const grantedOf = async (accesses: readonly Access[]) => {
    const answers = await Promise.all(accesses.map(async (access) => ((await worker.may(access)) ? [access] : [])));
    return answers.flat();
  };
  const newSite = async (): Promise<string> => {
    const site = `rb-${randomUUID().slice(0, 8)}`;
    await admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: site } });
    return site;
  };
  const rights = async (session: Session): Promise<readonly string[]> => {
    const findings = await preflight(session, false);
    return findings
      .filter(({ reason }) => /^Permission|^RightsFor/.test(reason))
      .map(({ severity, message }) => `${severity}: ${message}`);
  };

  it('grant all that a run of the bookstore does', async () => {
    expect((await bookstoreNeeds()).length).toBeGreaterThan(100);
    expect(await lacking()).toEqual([]);
  });

  it('grant nothing that nobody should have, and delete nothing', async () => {
    expect(await grantedOf(never)).toEqual([]);
    const more: readonly Access[] = [
      { verb: 'delete', group: '', resource: 'persistentvolumeclaims', namespace: 'shop-data' },
      { verb: 'delete', group: '', resource: 'namespaces' },
      { verb: 'delete', group: 'velero.io', resource: 'restores', namespace: 'velero' },
      { verb: 'patch', group: 'apps', resource: 'deployments', namespace: 'shop-web' },
    ];
    expect(await grantedOf(more)).toEqual([]);
  });

  describe('worker-rbac-optional.yaml', () => {
    let site: string;
    let recovery: Recovery;
    let session: Session;
    let stopping: Awaited<ReturnType<typeof startStep>>;
    const acts = {
      quiesce: async () => quiesceSite(session, silent),
      stop: async () => (await drivers.velero.stop?.(session.driverContext(web), {}, { undo: false }))?.left ?? [],
      setAside: (handle: typeof stopping) => setAside(session, volumes, handle, silent),
    };
    let handle: typeof stopping;

    beforeAll(async () => {
      site = await newSite();
      await makeOccupied(admin, site);
      await engine.backup(site, [claim(site, 'data-db-0')]);
      recovery = await beginSite(workers, worker, site);
      session = await recovery.session();
    });

    it('is what lacks: without it each act is refused in one sentence, and preflight says so before', async () => {
      handle = await startStep(session, volumes);
      expect(await heldAs(session, volumes, handle)).toBe('ExistingObject');
      engine.pause(true);
      stopping = await startStep(session, web);
      await makeMove(admin, session.driverContext(web).objectName, site);

      for (const act of ['quiesce', 'stop', 'setAside'] as const) expect(await lacking(act), act).not.toEqual([]);
      expect(await rights(session)).toEqual([
        expect.stringMatching(/^block: this login may not do what quiesce needs: .*deploy\/worker-rbac-optional\.yaml/),
        expect.stringMatching(
          /^info: .* stopping the engines of an aborted or failed run would need: delete restores.*deploy\/worker-rbac-optional/,
        ),
        expect.stringMatching(
          /^info: .* "mode": "setAside" would need: create, patch secrets.*deploy\/worker-rbac-optional/,
        ),
      ]);
      expect(await acts.stop()).toContainEqual(
        expect.stringMatching(/it may not be stopped from here: cannot patch DataDownload velero\/\S+: forbidden, /),
      );
      await expect(acts.setAside(handle)).rejects.toThrow(/^cannot create Secret rekindle-system\/\S+: forbidden/);
      await expect(acts.quiesce()).rejects.toThrow(
        /^cannot list the Application objects in namespace argocd: forbidden, /,
      );
    });

    it('is enough for each act, done by that login, and grants nothing that nobody should have', async () => {
      const take = await granted(admin, 'deploy/worker-rbac-optional.yaml');
      try {
        for (const act of ['quiesce', 'stop', 'setAside'] as const)
          await untilGranted(worker, await bookstoreNeeds(act));
        expect(await grantedOf(never)).toEqual([]);
        const kinds = await makeQuiescable(admin, site);
        expect(await rights(session)).toEqual([]);

        const stopped = await acts.quiesce();
        expect(stopped.map(({ kind, state }) => `${kind} ${state}`)).toEqual(
          kinds.map(({ kind }) => `${kind} left quiesced`).toSorted(byPlan),
        );
        const entries = (await recovery.session()).ledger.quiesce;
        const back = await putBackAll({
          ...{ kube: worker, recovery: session.run.recovery, entries, say: silent, signal: session.signal },
          ...{ check: () => session.assertOurs(), note: () => Promise.resolve() },
        });
        expect(back.map(({ state }) => state)).toEqual(kinds.map(() => 'put back'));

        expect(await acts.stop()).toEqual([
          expect.stringMatching(/^Restore .* is under way/),
          expect.stringMatching(/^DataDownload .*; it was told to stop/),
        ]);
        expect(await acts.setAside(handle)).toEqual([
          expect.stringContaining(`StatefulSet ${site}/db was removed with it; copies are in Secret`),
        ]);
        const volume = await admin.get({ apiVersion: 'v1', kind: 'PersistentVolume', name: site });
        expect(valueAt(volume, 'spec', 'persistentVolumeReclaimPolicy')).toBe('Retain');
        expect(
          await admin.get({ apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: site, name: 'db' }),
        ).toBeUndefined();

        // Nobody begins with this one.
        await engine.stop();
        stopping = await startStep(session, { ...web, generation: 2 });
        expect(await acts.stop()).toContainEqual(expect.stringMatching(/was not begun yet and was taken back$/));
      } finally {
        await take();
      }
    });
  });

  describe('worker-rbac-drill.yaml', () => {
    let older: string;
    let site: string;
    let recovery: Recovery;
    let session: Session;
    let plans: string;

    beforeAll(async () => {
      engine = await startVeleroStandIn(inject('lab'), admin, veleroNamespace);
      // Its Restore is under way until it is told otherwise.
      engine.pause(true);
      older = await newSite();
      // The API server's times have whole seconds.
      await sleep(1100);
      site = `rb-${randomUUID().slice(0, 8)}`;
      await engine.backup(site, [claim(site, 'data-db-0')]);
      recovery = await beginSite(workers, worker, site, true);
      session = await recovery.session();
      await admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: site } });
      await makeDrillTraces(admin, session.run.recovery, site);
      const marked = { metadata: { labels: { [labelKeys.drill]: session.run.recovery } } };
      await admin.patch(
        { apiVersion: 'v1', kind: 'ServiceAccount', namespace: older, name: 'default' },
        'merge',
        marked,
      );
      plans = await rehearsable(folder, inject('lab').context, `${site}-b`);
      // What its files hold, and nothing else: the example at the end of worker-rbac.yaml.
      await admin.apply(rehearsalRole, { fieldManager: 'test' });
    });
    afterAll(() => admin.remove({ ...rehearsalRole, name: rehearsalRole.metadata.name }));

    const clean = async (timeoutMs: number): Promise<CleanUpReport> =>
      cleanUp(await recovery.session(), { since: new Date().toISOString(), timeoutMs, say: silent });
    /** Other tests, and this one's own grants, make cluster-scoped things meanwhile, which nothing explains to a drill. */
    const ofTheDrill = (report: CleanUpReport | undefined) =>
      report?.left.filter(({ why }) => !why.startsWith('not explained: '));
    const drill = async (): Promise<Report> => {
      const clusters = twoNames(workers, inject('lab').context);
      return temporal.withWorker({ ...realActivities(temporal, clusters, plans) }, async () => {
        const handle: RecoverHandle = await temporal.client.workflow.start(drillSiteType, {
          ...{ taskQueue: temporal.taskQueue(), workflowId: temporal.workflowId(), args: [{ plan: 'rehearsed' }] },
        });
        return handle.result().catch((error: unknown) => reportIn(error));
      });
    };

    it('is what lacks: without it no drill begins, and a clean-up says what it may not do', async () => {
      expect(await lacking('cleanUp')).not.toEqual([]);
      expect(await rights(session)).toEqual([
        expect.stringMatching(/^block: .* clean-up of a drill needs, .*: delete namespaces .*worker-rbac-drill/),
      ]);

      const refused = await drill();
      expect(refused.because).toMatch(/clean-up of a drill needs/);
      expect(ofTheDrill(refused.siteDrill?.cleanUp)).toEqual([]);
      expect(await admin.get({ apiVersion: 'v1', kind: 'Namespace', name: `${site}-b` })).toBeUndefined();

      await updateStep(worker, session.run.recovery, volumes.step, volumes, {}, session.signal);
      const { clean: isClean, left } = await clean(5_000);
      expect(isClean).toBe(false);
      const why = left.map((one) => `${one.kind} ${one.why}`);
      expect(why).toContainEqual(expect.stringMatching(/^VolumeSnapshotContent cannot patch .*: forbidden, /));
      expect(why).toContainEqual(expect.stringMatching(/^\S+ cannot be listed, so nobody knows: .*: forbidden, /));
    });

    it('is enough for the clean-up of all that a drill leaves, by that login, and grants nothing that nobody should have', async () => {
      const take = await granted(admin, 'deploy/worker-rbac-drill.yaml');
      try {
        await untilGranted(worker, await bookstoreNeeds('cleanUp', await admin.resources()));
        expect(await grantedOf(never)).toEqual([]);
        expect(await rights(session)).toEqual([]);

        const cleaning = clean(90_000);
        const { objectName } = session.driverContext(volumes);
        const move = { apiVersion: 'velero.io/v2alpha1', kind: 'DataDownload', namespace: veleroNamespace };
        const cancelled = async () => valueAt(await admin.get({ ...move, name: objectName }), 'spec', 'cancel');
        await expect.poll(cancelled, { timeout: 30_000, interval: 500 }).toBe(true);
        engine.pause(false);
        expect(ofTheDrill(await cleaning)).toEqual([]);
        expect(await admin.get({ apiVersion: 'v1', kind: 'Namespace', name: site })).toBeUndefined();
        const stood = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: older, name: 'default' };
        expect((await admin.get(stood))?.metadata.labels).toBeUndefined();

        const rehearsed = await drill();
        expect(rehearsed.outcome).toBe('inconclusive');
        expect(ofTheDrill(rehearsed.siteDrill?.cleanUp)).toEqual([]);
      } finally {
        await take();
      }
    });
  });
});
