import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import { WatchHubs } from '../../src/kube/watch-hub.ts';
import { labelKeys } from '../../src/model/labels.ts';
import type { CleanUpReport } from '../../src/model/report.ts';
import { cleanUp } from '../../src/recovery/clean-up.ts';
import { clusterUid } from '../../src/recovery/cluster.ts';
import { openLedger, planHash, updateStep, writeDrillNamespaces } from '../../src/recovery/ledger.ts';
import { ensureControlNamespace, takeLock } from '../../src/recovery/lock.ts';
import { Cache, Session } from '../../src/recovery/session.ts';
import { bringLab, type TestLab } from '../support/lab.ts';

/** A finalizer that nobody takes away. */
const hold = 'example.org/hold';

describe('the clean-up of a drill', () => {
  let testLab: TestLab;
  let clusters: ClusterSource;
  let kube: KubeClient;
  let site: string;
  let recovery: string;
  let own: string;
  let before: string;
  let session: Session;
  const { signal } = new AbortController();

  // An API server of its own: what other tests make meanwhile, cluster-scoped, would be found by the last look.
  beforeAll(async () => {
    testLab = await bringLab('control-plane');
    const { lab } = testLab;
    clusters = clustersFromKubeconfig(lab.kubeconfig);
    kube = clusters.client(lab.context);
  });
  afterAll(async () => {
    await clusters?.close();
    await testLab?.end();
  });

  const namespace = (name: string): Promise<KubeObject> =>
    kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const planText = (): string => `apiVersion: rekindle.dev/v1alpha1
kind: RestorePlan
metadata: { name: ${site} }
spec:
  site: ${site}
  cluster: live
  namespaces: [${own}, ${before}]
  drill: { cluster: practice }
  tiers:
    namespaces:
      - name: basics
        manifests: { paths: [basics.yaml] }
`;

  /** A namespace that stood there, then lock and ledger of a drill. */
  beforeEach(async () => {
    // Letters for digits, each its own, so that no two tests meet.
    const id = randomUUID()
      .slice(0, 8)
      .replaceAll(/\d/g, (digit) => 'ghijklmnop'.charAt(Number(digit)));
    site = `cu-${id}`;
    recovery = `${site}-${'abcdefgh'}`;
    own = `${site}-own`;
    before = `${site}-before`;
    await namespace(before);
    await kube.create(config('stood-here', before, {}));
    // The API server's times have whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const { items } = await kube.list({ apiVersion: 'v1', kind: 'Namespace' });
    const uid = await clusterUid(kube, signal);
    const chain = { namespace: 'default', workflowId: recovery, firstRunId: 'first' };
    const text = planText();
    await ensureControlNamespace(kube, signal);
    await takeLock(kube, {
      ...{ site, recovery, chain, temporalAddress: 'nowhere', link: '', takeOver: false },
      ask: () => Promise.resolve('open'),
      signal,
    });
    const cluster = { context: kube.context, uid };
    const times = { startedAt: now(), disasterAt: now(), disasterAtIs: 'the start' } as const;
    await openLedger(
      kube,
      {
        ...{ recovery, site, plan: site, planSha256: planHash(text), cluster, ...times },
        workflow: { namespace: 'default', workflowId: recovery, runId: 'first' },
        mode: 'drill',
        namespacesBefore: items.map(({ metadata }) => metadata.name),
      },
      text,
      signal,
    );
    session = await open();
  });

  const now = (): string => new Date().toISOString();
  const open = async (): Promise<Session> =>
    Session.open(
      {
        clusters,
        plansFolder: '/nowhere',
        cache: new Cache(),
        watches: new WatchHubs(() => undefined),
        log: { info: () => undefined, warn: () => undefined },
      },
      {
        ...{ recovery, site, cluster: { context: kube.context, uid: await clusterUid(kube, signal) } },
        chain: { namespace: 'default', workflowId: recovery, firstRunId: 'first' },
      },
      signal,
    );
  const marked = () => ({ [labelKeys.drill]: recovery });
  const config = (name: string, where: string, labels: Record<string, string>, finalizers?: string[]): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: where, labels, ...(finalizers ? { finalizers } : {}) },
  });
  const clusterRole = (name: string, labels: Record<string, string>): KubeObject => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name, labels },
    rules: [],
  });
  const definition = (plural: string, labels: Record<string, string>): KubeObject => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${site}.example.org`, labels },
    spec: {
      group: `${site}.example.org`,
      names: { kind: 'Thing', listKind: 'ThingList', plural, singular: 'thing' },
      scope: 'Namespaced',
      versions: [
        {
          ...{ name: 'v1', served: true, storage: true },
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  });
  const volume = (name: string, more: object, labels: Record<string, string> = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, labels },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      csi: { driver: 'nobody.example.org', volumeHandle: name },
      ...more,
    },
  });
  const thing = (name: string, where: string, labels: Record<string, string>): KubeObject => ({
    apiVersion: `${site}.example.org/v1`,
    kind: 'Thing',
    metadata: { name, namespace: where, labels },
  });
  const served = async (): Promise<void> => {
    while (!(await kube.resource({ apiVersion: `${site}.example.org/v1`, kind: 'Thing' })))
      await new Promise((resolve) => setTimeout(resolve, 200));
  };
  const clean = (timeoutMs = 120_000, late = false): Promise<CleanUpReport> =>
    cleanUp(session, { since: now(), timeoutMs, late, say: () => undefined });
  const there = (kind: string, name: string, where?: string, apiVersion = 'v1') =>
    kube.get({ apiVersion, kind, name, ...(where ? { namespace: where } : {}) });

  it('is clean at once where the drill had made nothing', async () => {
    expect(await clean()).toMatchObject({ clean: true, left: [], leftCut: 0 });
    expect(await there('Namespace', before)).toBeDefined();
  });

  it('removes namespaces, what stands in others, what is cluster-scoped and the definitions; and nothing that was there', async () => {
    await namespace(own);
    await kube.create(config('restored', own, marked()));
    await kube.create(config('made-by-a-controller', own, {}));
    await kube.create(config('restored', before, marked()));
    await kube.create(clusterRole(`${site}-ours`, marked()));
    await kube.create(clusterRole(`${site}-theirs`, { 'rekindle.dev/drill': 'another-abcdefgh' }));
    await kube.create(definition('things', marked()));
    await served();
    await kube.create(thing('one', own, marked()));

    const report = await clean();

    expect(report).toMatchObject({ clean: true, left: [] });
    expect(await there('Namespace', own)).toBeUndefined();
    expect(await there('ConfigMap', 'restored', before)).toBeUndefined();
    expect(await there('ConfigMap', 'stood-here', before)).toBeDefined();
    expect(await there('Namespace', before)).toBeDefined();
    const rbac = 'rbac.authorization.k8s.io/v1';
    expect(await there('ClusterRole', `${site}-ours`, undefined, rbac)).toBeUndefined();
    expect(await there('ClusterRole', `${site}-theirs`, undefined, rbac)).toBeDefined();
    const crd = `things.${site}.example.org`;
    expect(await there('CustomResourceDefinition', crd, undefined, 'apiextensions.k8s.io/v1')).toBeUndefined();
  });

  it('names what came while it stood, cluster-scoped and without a label, lets it be, and is not clean', async () => {
    const rbac = 'rbac.authorization.k8s.io/v1';
    const first = { tier: 'namespaces', step: 'basics', generation: 1, attempt: 1 } as const;
    await updateStep(kube, recovery, first.step, first, {}, signal);
    session = await open();
    await namespace(own);
    await kube.create(clusterRole(`${site}-of-an-operator`, {}));
    await namespace(`${site}-somebody`);
    const bound = { claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: before, name: 'c' } };
    await kube.create(volume(`${site}-bound`, bound));
    await kube.create(volume(`${site}-free`, {}));

    const report = await clean();

    expect(report.clean).toBe(false);
    expect(report.left.map(({ kind, name }) => `${kind} ${name}`).toSorted()).toEqual([
      `ClusterRole ${site}-of-an-operator`,
      `Namespace ${site}-somebody`,
      `PersistentVolume ${site}-free`,
    ]);
    expect(report.left.find(({ kind }) => kind === 'ClusterRole')?.why).toMatch(
      new RegExp(
        `^not explained: made at \\S+ by \\S+, after .*kubectl get clusterroles.rbac.authorization.k8s.io ${site}-of-an`,
      ),
    );
    expect(await there('Namespace', own)).toBeUndefined();
    expect(await there('ClusterRole', `${site}-of-an-operator`, undefined, rbac)).toBeDefined();
    expect(await there('Namespace', `${site}-somebody`)).toBeDefined();

    await kube.remove({ apiVersion: rbac, kind: 'ClusterRole', name: `${site}-of-an-operator` });
    await kube.remove({ apiVersion: 'v1', kind: 'Namespace', name: `${site}-somebody` });
    await kube.remove({ apiVersion: 'v1', kind: 'PersistentVolume', name: `${site}-free` });
    expect((await clean()).clean).toBe(true);
  });

  it('takes its label off what was there before and was only marked, and lets it stand', async () => {
    await kube.patch({ apiVersion: 'v1', kind: 'ConfigMap', namespace: before, name: 'stood-here' }, 'merge', {
      metadata: { labels: marked() },
    });

    expect((await clean()).clean).toBe(true);
    expect((await there('ConfigMap', 'stood-here', before))?.metadata.labels).toBeUndefined();
  });

  it('says which object and which finalizer hold a namespace, and is not clean', async () => {
    await namespace(own);
    await kube.create(config('held', own, marked(), [hold]));

    const report = await clean(16_000);
    await kube.patch({ apiVersion: 'v1', kind: 'ConfigMap', namespace: own, name: 'held' }, 'json', [
      { op: 'remove', path: '/metadata/finalizers' },
    ]);

    expect(report.clean).toBe(false);
    const why = Object.fromEntries(report.left.map((left) => [`${left.kind} ${left.name}`, left.why]));
    expect(why[`Namespace ${own}`]).toContain(hold);
    expect(why[`ConfigMap ${own}/held`]).toMatch(/is being deleted since .*, held by finalizer example\.org\/hold/);
    expect((await clean()).clean).toBe(true);
  });

  it('lets a definition stand where somebody else has objects of it, and says so', async () => {
    await kube.create(definition('things', marked()));
    await served();
    await kube.create(thing('theirs', before, {}));

    const report = await clean(6_000);

    expect(report.clean).toBe(false);
    expect(report.left).toEqual([
      {
        kind: 'CustomResourceDefinition',
        name: `things.${site}.example.org`,
        why: `1 objects of this kind are not the drill's (Thing ${before}/theirs) and would go with it`,
      },
    ]);
    expect(await there('Thing', 'theirs', before, `${site}.example.org/v1`)).toBeDefined();
    await kube.remove({ apiVersion: `${site}.example.org/v1`, kind: 'Thing', namespace: before, name: 'theirs' });
    expect((await clean()).clean).toBe(true);
  });

  it('keeps the volume behind a PersistentVolume that came out of the Backup, and finds the one that was made for a claim', async () => {
    const claim = (name: string) => ({
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: own, name },
    });
    const brought = { ...marked(), 'velero.io/restore-name': `${recovery}-storage-volumes-g1` };
    await namespace(own);
    await kube.create(volume(`${site}-brought`, { persistentVolumeReclaimPolicy: 'Delete', ...claim('a') }, brought));
    await kube.create(volume(`${site}-made`, { persistentVolumeReclaimPolicy: 'Retain', ...claim('b') }));
    const seen: string[] = [];
    const watching = setInterval(() => {
      void there('PersistentVolume', `${site}-brought`).then((object) => {
        const spec = object?.['spec'] as { persistentVolumeReclaimPolicy?: string } | undefined;
        if (object?.metadata.deletionTimestamp) seen.push(spec?.persistentVolumeReclaimPolicy ?? '');
      });
    }, 20);

    const report = await clean(20_000);
    clearInterval(watching);

    // Nobody here deletes the volume of this driver: it is named, not forgotten.
    expect(report.left.map(({ kind, name }) => `${kind} ${name}`)).toEqual([`PersistentVolume ${site}-made`]);
    const made = await there('PersistentVolume', `${site}-made`);
    expect(made?.['spec']).toMatchObject({ persistentVolumeReclaimPolicy: 'Delete' });
    expect(new Set(seen)).not.toContain('Delete');
    expect(report.notes[0]).toContain(`PersistentVolume ${site}-brought came out of the Backup`);
    await kube.remove({ apiVersion: 'v1', kind: 'PersistentVolume', name: `${site}-made` });
  });

  it('goes on with a session of another worker, which knows by the ledger which namespaces were the drill’s', async () => {
    await namespace(own);
    await kube.create(config('held', own, marked(), [hold]));
    await clean(5_000);
    session = await open();

    expect(session.ledger.drillNamespaces).toEqual([own]);
    expect((await there('Namespace', own))?.metadata.labels?.[labelKeys.drill]).toBe(recovery);
    await kube.patch({ apiVersion: 'v1', kind: 'ConfigMap', namespace: own, name: 'held' }, 'json', [
      { op: 'remove', path: '/metadata/finalizers' },
    ]);
    expect((await clean()).clean).toBe(true);
  });

  it('long after the drill, lets what somebody has put under its names stand, and keeps its volumes', async () => {
    await writeDrillNamespaces(kube, recovery, [own], signal);
    session = await open();
    await namespace(own);
    await kube.create(config('somebody-elses', own, {}));
    const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: own, name: 'theirs' };
    await kube.create(volume(`${site}-theirs`, { persistentVolumeReclaimPolicy: 'Retain', claimRef }));
    await kube.create(config('restored', before, marked()));

    const report = await clean(20_000, true);

    expect(report).toMatchObject({ clean: true, left: [] });
    expect(report.notes).toEqual([
      `Namespace ${own} is younger than the drill and where it put things, but nothing on or in it is the drill's: it was let stand`,
    ]);
    expect(await there('ConfigMap', 'restored', before)).toBeUndefined();
    expect((await there('Namespace', own))?.metadata).not.toHaveProperty('deletionTimestamp');
    expect(await there('ConfigMap', 'somebody-elses', own)).toBeDefined();
    const theirs = await there('PersistentVolume', `${site}-theirs`);
    expect(theirs?.['spec']).toMatchObject({ persistentVolumeReclaimPolicy: 'Retain' });
    await kube.remove({ apiVersion: 'v1', kind: 'PersistentVolume', name: `${site}-theirs` });
    await kube.remove({ apiVersion: 'v1', kind: 'Namespace', name: own });
  });

  it('long after the drill, knows a namespace that Velero had made by what the drill brought into it', async () => {
    await namespace(own);
    await kube.create(config('restored', own, marked()));
    await kube.create(config('made-by-a-controller', own, {}));

    expect(await clean(60_000, true)).toMatchObject({ clean: true, left: [], notes: [] });
    expect(await there('Namespace', own)).toBeUndefined();
  });
});
