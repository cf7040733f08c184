import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { readFileSync } from 'node:fs';
import { Daemons } from '../../lab/processes.ts';
import { up } from '../../lab/lab.ts';
import { lookAtGate } from '../../src/health/gate.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import { feedTimes } from '../../src/kube/feed-times.ts';
import { WatchHub } from '../../src/kube/watch-hub.ts';
import { WatchedReads } from '../../src/kube/watching.ts';
import type { ObjectRef } from '../../src/model/verdict.ts';
import { waitUntil, type Waited } from '../../src/recovery/wait.ts';
import { type Gateway, openGateway } from '../support/gateway.ts';
import { bringLab } from '../support/lab.ts';

const claimKind = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' };

/** Names of claims as a gate gets them; no controller of a lab without nodes or storage touches their status. */
function refsIn(namespace: string, count: number): readonly ObjectRef[] {
  return Array.from({ length: count }, (_, index) => ({ ...claimKind, namespace, name: `claim-${index}` }));
}

async function makeClaims(kube: KubeClient, refs: readonly ObjectRef[]): Promise<void> {
  const namespace = refs[0]?.namespace ?? '';
  await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  for (const { name } of refs) {
    const claim: KubeObject = {
      ...claimKind,
      metadata: { name, namespace },
      spec: {
        storageClassName: 'nobody',
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
      },
    };
    await kube.create(claim);
  }
}

/** Makes a claim Bound, by its status alone. */
const bind = (kube: KubeClient, ref: ObjectRef) =>
  kube.patch(ref, 'merge', { status: { phase: 'Bound' } }, { subresource: 'status' });

/** A gate's looks at its objects through the watches, in the one waiting function, until `claim` is no longer waited for. */
function untilBound(
  reads: WatchedReads,
  refs: readonly ObjectRef[],
  claim: string,
  said: string[] = [],
): Promise<Waited<number>> {
  const signal = AbortSignal.timeout(55_000);
  const accept = [] as const;
  return waitUntil(
    async () => {
      const look = await lookAtGate({ kube: reads.kube, plan: { accept }, tier: 'storage', refs, signal });
      const waits = look.waiting.some(({ name }) => name === claim);
      return waits ? { notYet: look.reason } : { done: performance.now() };
    },
    {
      everyMs: 500,
      wake: reads,
      deadlineAt: () => Date.now() + 50_000,
      signal,
      say: (reason) => said.push(reason),
    },
  );
}

const seenAt = (waited: Waited<number>): number => ('done' in waited ? waited.done : Infinity);

describe('a gate that watches a real API server', () => {
  let admin: KubeClient;
  let adminClusters: ClusterSource;
  let gateway: Gateway;
  let clusters: ClusterSource;
  let hub: WatchHub;
  let folder: string;
  let refs: readonly ObjectRef[];

  beforeAll(async () => {
    const lab = inject('lab');
    adminClusters = clustersFromKubeconfig(lab.kubeconfig);
    admin = adminClusters.client(lab.context);
    folder = await mkdtemp(join(tmpdir(), 'rekindle-watching-'));
  });
  afterAll(async () => {
    await adminClusters.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    gateway = await openGateway(inject('lab').kubeconfig);
    const path = join(folder, 'kubeconfig');
    await writeFile(path, gateway.kubeconfig(['door']), { mode: 0o600 });
    clusters = clustersFromKubeconfig(path);
    hub = new WatchHub(clusters.client('door'));
    refs = refsIn(`w-${randomUUID().slice(0, 8)}`, 5);
    await makeClaims(admin, refs);
  });
  afterEach(async () => {
    hub.close();
    await clusters.close();
    await gateway.close();
  });

  const isWatch = (path: string) => path.includes('watch=true');
  const requests = (is: (path: string) => boolean) =>
    gateway.passed.filter(({ path }) => path.includes('persistentvolumeclaims') && is(path)).length;
  const untilWatching = async (): Promise<void> => {
    await expect.poll(() => requests(isWatch), { timeout: 20_000 }).toBeGreaterThan(0);
  };
  const claim = (): ObjectRef => refs[3] ?? { ...claimKind, name: '' };

  it('sees a change soon, and lists once', async () => {
    const waiting = untilBound(new WatchedReads(hub), refs, claim().name);
    await untilWatching();

    await bind(admin, claim());
    const acknowledged = performance.now();

    // A fifth of a second on a machine with time; sooner than the look that comes in any case on every other.
    expect(seenAt(await waiting) - acknowledged).toBeLessThan(4000);
    expect(requests((path) => !isWatch(path))).toBe(1);
  });

  it('has one watch of a kind in a namespace for ten waits at once', async () => {
    const waits = Array.from({ length: 10 }, () => untilBound(new WatchedReads(hub), refs, claim().name));
    await untilWatching();
    await bind(admin, claim());

    await Promise.all(waits);

    expect(requests((path) => !isWatch(path))).toBe(1);
    expect(requests(isWatch)).toBe(1);
  });

  it('goes on after cut connections without a list, and lists again when its version has expired', async () => {
    const said: string[] = [];
    // A machine that stands still for a second must not make a watch late here: late ones are read directly, which lists.
    hub = new WatchHub(clusters.client('door'), undefined, { ...feedTimes, lateMs: 20_000, openMs: 30_000 });
    const first = untilBound(new WatchedReads(hub), refs, claim().name, said);
    await untilWatching();
    gateway.streams('cut');
    await bind(admin, claim());

    expect(await first).toHaveProperty('done');
    expect(requests((path) => !isWatch(path))).toBe(1);

    const second = refs[4] ?? claim();
    const waiting = untilBound(new WatchedReads(hub), refs, second.name, said);
    // Two cuts within a second would count as a watch that does not work, and that is read directly for a while.
    await sleep(1500);
    // Pods and classes are watched beside the claims: whichever of the three comes first would take the only refusal.
    let refused = 0;
    const isOfClaims = (path: string) => isWatch(path) && path.includes('persistentvolumeclaims');
    gateway.rule(({ path }) => (isOfClaims(path) && (refused += 1) === 1 ? 'expired' : 'pass'));
    gateway.streams('cut');
    await expect.poll(() => refused, { timeout: 20_000 }).toBeGreaterThan(0);
    await bind(admin, second);

    expect(await waiting).toHaveProperty('done');
    expect(requests((path) => !isWatch(path))).toBe(2);
    // Neither was worth a word to the operator.
    expect(said.join()).not.toContain('does not answer');
  });

  it('sees a change behind a watch that has gone silent, and one while the API server has no time', async () => {
    const first = untilBound(new WatchedReads(hub), refs, claim().name);
    await untilWatching();
    gateway.streams('silence');
    await bind(admin, claim());

    expect(await first).toHaveProperty('done');

    const second = refs[4] ?? claim();
    const waiting = untilBound(new WatchedReads(hub), refs, second.name);
    gateway.rule(({ path }) => (isWatch(path) ? 'too many requests' : 'pass'));
    gateway.streams('cut');
    const refusedBefore = requests(isWatch);
    await bind(admin, second);

    expect(await waiting).toHaveProperty('done');
    // Retry-After says a second: no storm.
    expect(requests(isWatch) - refusedBefore).toBeLessThan(10);
  });

  it('goes on with a token that was exchanged in the middle of a watch', async () => {
    const namespace = claim().namespace ?? '';
    const credential = join(folder, 'credential');
    const secret = (name: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: { name, namespace, annotations: { 'kubernetes.io/service-account.name': 'worker' } },
    });
    const tokenOf = async (name: string): Promise<string> => {
      await admin.create(secret(name));
      const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name };
      const read = async () => (await admin.get(ref))?.['data'] as { token?: string } | undefined;
      await expect.poll(async () => (await read())?.token, { timeout: 20_000 }).toBeTruthy();
      return Buffer.from((await read())?.token ?? '', 'base64').toString();
    };
    await admin.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'worker', namespace } });
    await admin.create({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'worker', namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: 'worker', namespace }],
    });
    const give = (token: string) =>
      writeFile(
        credential,
        JSON.stringify({
          apiVersion: 'client.authentication.k8s.io/v1',
          kind: 'ExecCredential',
          status: { token },
        }),
        { mode: 0o600 },
      );
    await give(await tokenOf('first'));
    const config = parse(readFileSync(inject('lab').kubeconfig, 'utf8')) as {
      users: { user: object }[];
      contexts: { name: string }[];
    };
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'cat', args: [credential] };
    for (const each of config.users) each.user = { exec: { ...exec, interactiveMode: 'Never' } };
    const path = join(folder, 'by-token');
    await writeFile(path, stringify(config), { mode: 0o600 });
    const source = clustersFromKubeconfig(path);
    const own = new WatchHub(source.client(inject('lab').context), undefined, { ...feedTimes, lifeMs: 2000 });
    const reads = new WatchedReads(own);
    const waiting = untilBound(reads, refs, claim().name);
    await expect.poll(() => own.feed(claimKind, namespace).isLive, { timeout: 20_000 }).toBe(true);

    await give(await tokenOf('second'));
    await admin.remove({ apiVersion: 'v1', kind: 'Secret', namespace, name: 'first' });
    // Longer than a watch lives: it had to be opened with the new token.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await bind(admin, claim());
    const acknowledged = performance.now();

    expect(seenAt(await waiting) - acknowledged).toBeLessThan(4000);
    expect(own.feed(claimKind, namespace).isLive).toBe(true);
    own.close();
    await source.close();
  });
});

describe('a gate whose API server is restarted', { timeout: 240_000 }, () => {
  it('says that it does not answer, and is back within a second of its return', { timeout: 240_000 }, async () => {
    // Not the lab of the other files: they would not take it well.
    const { lab, end } = await bringLab('control-plane');
    const clusters = clustersFromKubeconfig(lab.kubeconfig);
    const other = clustersFromKubeconfig(lab.kubeconfig);
    const hub = new WatchHub(clusters.client(lab.context));
    try {
      const kube = other.client(lab.context);
      const refs = refsIn('shop', 3);
      await makeClaims(kube, refs);
      const [first = { ...claimKind, name: '' }] = refs;
      const said: string[] = [];
      const waiting = untilBound(new WatchedReads(hub), refs, first.name, said);
      await expect.poll(() => hub.feed(claimKind, 'shop').isLive, { timeout: 20_000 }).toBe(true);

      const stopped = performance.now();
      await new Daemons(join(lab.stateDir, 'run')).stop('kube-apiserver', 0);
      await expect
        .poll(() => said.join('\n'), { timeout: 20_000, interval: 20 })
        .toContain('the cluster does not answer');
      const told = performance.now() - stopped;
      await up({ name: lab.name, level: 'control-plane' });
      const back = performance.now();
      await expect.poll(() => hub.feed(claimKind, 'shop').isLive, { timeout: 20_000, interval: 20 }).toBe(true);
      const reopened = performance.now() - back;
      await bind(kube, first);
      const acknowledged = performance.now();
      const seen = seenAt(await waiting) - acknowledged;

      process.stderr.write(
        `API server: told after ${Math.round(told)} ms, watched again ${Math.round(reopened)} ms after its return, change seen after ${Math.round(seen)} ms\n`,
      );
      expect(told).toBeLessThan(5000);
      expect(reopened).toBeLessThan(3000);
      expect(seen).toBeLessThan(4000);
    } finally {
      hub.close();
      await Promise.all([clusters.close(), other.close()]);
      await end();
    }
  });
});
