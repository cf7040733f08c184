import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKubeClient } from '../../../src/kube/client.ts';
import { loginSource } from '../../../src/kube/login.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import { feedTimes, type FeedTimes } from '../../../src/kube/feed-times.ts';
import { WatchHub } from '../../../src/kube/watch-hub.ts';
import { WatchedReads } from '../../../src/kube/watching.ts';
import { failure, kubeconfigOf, reply } from './fake-api.ts';
import { startLivingApi, type LivingApi } from './living-api.ts';

const deployments = { apiVersion: 'apps/v1', kind: 'Deployment' };
const shop = { namespace: 'shop' };
const web = { ...deployments, ...shop, name: 'web' };

let living: LivingApi;
let base: KubeClient;
let hub: WatchHub;
let warnings: string[];

function open(times: Partial<FeedTimes> = {}): WatchedReads {
  hub = new WatchHub(base, (message, fields) => warnings.push(`${message}: ${String(fields['why'])}`), {
    ...feedTimes,
    ...times,
  });
  return new WatchedReads(hub);
}

beforeEach(async () => {
  living = await startLivingApi();
  base = living.api.kube();
  warnings = [];
});
afterEach(async () => {
  hub.close();
  await living.api.close();
});

/** Names and replicas, as a look sees them. */
async function look(reads: WatchedReads): Promise<readonly string[]> {
  reads.begin();
  const { items } = await reads.kube.list(deployments, shop);
  return items.map((item) => `${item.metadata.name}=${String(item['replicas'])}`);
}

/** Shorter than the look that comes in any case: who wakes in time was woken. */
const signal = (): AbortSignal => AbortSignal.timeout(4000);

/** Looks, then at each change, until it sees what is wanted; the time that it took, ms. */
async function until(reads: WatchedReads, wanted: string, everyMs = 500): Promise<number> {
  const began = performance.now();
  for (;;) {
    const seen = await look(reads).catch((): readonly string[] => []);
    if (seen.includes(wanted)) return performance.now() - began;
    await reads.change({ atMostMs: 5000, everyMs, signal: AbortSignal.timeout(15_000) });
  }
}

describe('reading through watches', () => {
  it('lists once, then answers from the watch, and wakes at a change', async () => {
    living.put('web', { replicas: 0 });
    const reads = open();
    expect(await look(reads)).toEqual(['web=0']);

    const woken = reads.change({ atMostMs: 60_000, everyMs: 60_000, signal: signal() });
    living.put('web', { replicas: 1 });
    await woken;

    expect(await look(reads)).toEqual(['web=1']);
    expect(reads.direct).toBe(0);
    expect([living.count('list deployments'), living.count('watch deployments')]).toEqual([1, 1]);
  });

  it('does not sleep through a change that came between the look and the sleep', async () => {
    living.put('web', { replicas: 0 });
    const reads = open();
    await look(reads);
    living.put('web', { replicas: 1 });
    await expect.poll(async () => (await reads.kube.get(web))?.['replicas']).toBe(1);

    await reads.change({ atMostMs: 60_000, everyMs: 60_000, signal: AbortSignal.timeout(2000) });

    expect(await look(reads)).toEqual(['web=1']);
  });

  it('wakes a look at one object by that object alone', async () => {
    living.put('web', { replicas: 0 });
    living.put('other', { replicas: 0 });
    const reads = open();
    reads.begin();
    await reads.kube.get(web);

    let isAwake = false;
    const woken = reads.change({ atMostMs: 60_000, everyMs: 60_000, signal: signal() }).then(() => (isAwake = true));
    living.put('other', { replicas: 1 });
    const others = open();
    expect(await until(others, 'other=1')).toBeGreaterThan(0);
    expect(isAwake).toBe(false);
    living.put('web', { replicas: 1 });

    await woken;
    expect(isAwake).toBe(true);
  });

  it('takes a burst of changes for one', async () => {
    living.put('web', { replicas: 0 });
    const reads = open();
    await look(reads);
    const end = performance.now() + 500;
    let looks = 0;
    const timer = setInterval(() => living.put('web', { replicas: 2 }), 5);

    while (performance.now() < end) {
      await reads.change({ atMostMs: 5000, everyMs: 500, signal: signal() });
      await look(reads);
      looks += 1;
    }
    clearInterval(timer);

    expect(looks).toBeLessThanOrEqual(11);
  });

  it('has one list and one watch for ten waits at once', async () => {
    living.put('web', { replicas: 0 });
    open();
    const waits = Array.from({ length: 10 }, () => until(new WatchedReads(hub), 'web=1'));
    await expect.poll(() => living.openWatches()).toBe(1);
    living.put('web', { replicas: 1 });

    await Promise.all(waits);

    expect([living.count('list deployments'), living.count('watch deployments')]).toEqual([1, 1]);
    expect(living.openWatches()).toBe(1);
  });

  it('asks the API server for an object that the watch does not have yet', async () => {
    const reads = open();
    await look(reads);
    living.mute();
    living.put('web', { replicas: 1 });

    expect(await reads.kube.get(web)).toMatchObject({ replicas: 1 });
  });

  it('applies labels of equality itself and leaves other selectors to the API server', async () => {
    living.put('web', { metadata: { labels: { app: 'web' } } });
    living.put('db', { metadata: { labels: { app: 'db' } } });
    const reads = open();

    const equal = await reads.kube.list(deployments, { ...shop, labelSelector: 'app=web' });
    expect(equal.items.map((item) => item.metadata.name)).toEqual(['web']);
    expect(reads.direct).toBe(0);
    await reads.kube.list(deployments, { ...shop, labelSelector: 'app in (web)' });
    expect(reads.direct).toBe(1);
  });

  it('keeps no data of a Secret: only its metadata is watched, whoever needs more asks the API server', async () => {
    living.put('key', { data: { password: 'c2VjcmV0' } }, 'Secret');
    const secrets = { apiVersion: 'v1', kind: 'Secret' };
    const reads = open();

    await reads.kube.list(secrets, { ...shop, metadataOnly: true });
    expect(reads.direct).toBe(0);
    const accepts = living.api.seen.map((seen) => seen.headers.accept);
    expect(accepts).toContain('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json');
    const whole = await reads.kube.get({ ...secrets, ...shop, name: 'key' });
    expect(whole).toHaveProperty('data');
    expect(reads.direct).toBe(1);
  });

  it('ends a watch that nobody reads any more', async () => {
    const reads = open({ lifeMs: 300, idleMs: 200 });
    await look(reads);
    await expect.poll(() => living.openWatches()).toBe(1);

    await expect.poll(() => living.openWatches(), { timeout: 5000 }).toBe(0);
    living.put('web', { replicas: 1 });
    expect(await look(reads)).toEqual(['web=1']);
  });
});

describe('ten thousand objects', () => {
  it('cost one list at the beginning and one after their version has expired, whatever changes', async () => {
    for (let index = 0; index < 10_000; index += 1) living.put(`d-${index}`, { replicas: 0 });
    const reads = open();
    expect(await look(reads)).toHaveLength(10_000);
    await expect.poll(() => living.openWatches()).toBe(1);

    for (let index = 0; index < 20; index += 1) {
      living.put(`d-${index}`, { replicas: 1 });
      await until(reads, `d-${index}=1`);
    }
    expect(living.count('list deployments')).toBe(1);
    living.mute();
    living.put('d-0', { replicas: 2 });
    living.expire();
    living.endWatches('close');
    await until(reads, 'd-0=2');

    expect(living.count('list deployments')).toBe(2);
    expect(living.count('get deployments')).toBe(0);
  });

  it('are kept without who manages which field and without what was last applied', async () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', mine: 'yes' };
    living.put('web', { metadata: { managedFields: [{ manager: 'kubectl' }], annotations } });
    const reads = open();
    const kept = await reads.kube.get(web);

    expect(kept?.metadata).not.toHaveProperty('managedFields');
    expect(kept?.metadata.annotations).toEqual({ mine: 'yes' });
  });
});

describe('a watch in trouble', () => {
  it.each(['close', 'cut'] as const)('goes on from where it was after a %s, without a list', async (how) => {
    living.put('web', { replicas: 0 });
    const reads = open();
    await look(reads);
    await expect.poll(() => living.openWatches()).toBe(1);

    living.endWatches(how);
    living.put('web', { replicas: 1 });

    expect(await until(reads, 'web=1')).toBeLessThan(1000);
    expect(living.count('list deployments')).toBe(1);
  });

  it('lists again, once, when its version has expired', async () => {
    living.put('web', { replicas: 0 });
    const reads = open();
    await look(reads);
    await expect.poll(() => living.openWatches()).toBe(1);
    living.mute();
    living.put('web', { replicas: 1 });
    living.expire();
    living.endWatches('close');

    expect(await until(reads, 'web=1')).toBeLessThan(1000);
    expect(living.count('list deployments')).toBe(2);
  });

  it('is replaced when it goes silent, and loses nothing', async () => {
    living.put('web', { replicas: 0 });
    const reads = open({ lifeMs: 2000, graceMs: 200 });
    await look(reads);
    await expect.poll(() => living.openWatches()).toBe(1);
    living.mute();
    living.put('web', { replicas: 1 });

    expect(await until(reads, 'web=1')).toBeLessThan(4000);
    expect(living.count('list deployments')).toBe(1);
  });

  it('says within a second that the cluster does not answer, and is back within a second', async () => {
    living.put('web', { replicas: 0 });
    const reads = open();
    await look(reads);
    await expect.poll(() => living.openWatches()).toBe(1);
    let isDown = true;
    living.refuse((_seen, response) => {
      if (isDown) response.socket?.destroy();
      return isDown;
    });
    living.endWatches('cut');

    await expect
      .poll(() => look(reads).catch((error: Error) => error.message), { timeout: 3000 })
      .toContain('no answer from');
    living.put('web', { replicas: 1 });
    isDown = false;
    expect(await until(reads, 'web=1', 60_000)).toBeLessThan(1500);
  });

  it('tells a read that goes past the watches too, at once', async () => {
    living.put('web', { replicas: 0 });
    const reads = open();
    await look(reads);
    await expect.poll(() => living.openWatches()).toBe(1);
    living.refuse((_seen, response) => {
      response.socket?.destroy();
      return true;
    });
    const began = performance.now();
    const reading = reads.kube.get({ apiVersion: 'v1', kind: 'Secret', ...shop, name: 'key' }).then(String, String);
    living.endWatches('cut');

    expect(await reading).toContain('no answer from');
    expect(performance.now() - began).toBeLessThan(8000);
    expect(await reads.kube.resource({ apiVersion: 'v1', kind: 'Unheard' }).then(String, String)).toContain(
      'no answer',
    );
  });

  it('honours Retry-After, and reads from the API server meanwhile', async () => {
    living.put('web', { replicas: 0 });
    const reads = open();
    await look(reads);
    await expect.poll(() => living.openWatches()).toBe(1);
    living.refuse((seen, response) => {
      if (!seen.query.has('watch')) return false;
      reply(response, 429, failure(429, 'TooManyRequests', 'busy'), { 'retry-after': '1' });
      return true;
    });
    const before = living.count('watch deployments');
    living.endWatches('cut');
    await expect.poll(() => living.count('watch deployments'), { interval: 5 }).toBe(before + 1);
    const began = performance.now();
    living.put('web', { replicas: 1 });

    expect(await until(reads, 'web=1', 100)).toBeLessThan(1000);
    expect(reads.direct).toBeGreaterThan(0);
    living.refuse(undefined);
    await expect.poll(() => living.openWatches(), { timeout: 5000 }).toBe(1);
    expect(performance.now() - began).toBeGreaterThanOrEqual(950);
    expect(living.count('watch deployments') - before).toBeLessThanOrEqual(3);
  });

  it('polls where watching is forbidden, and says so once', async () => {
    living.put('web', { replicas: 0 });
    living.refuse((seen, response) => {
      if (!seen.query.has('watch')) return false;
      reply(response, 403, failure(403, 'Forbidden', 'deployments.apps is forbidden: User "w" cannot watch'));
      return true;
    });
    const reads = open();
    await look(reads);
    await expect.poll(() => reads.direct + living.count('watch deployments')).toBeGreaterThan(0);
    living.put('web', { replicas: 1 });

    expect(await until(reads, 'web=1', 100)).toBeLessThan(1000);
    await expect.poll(() => warnings.length, { timeout: 5000 }).toBe(1);
    expect(warnings[0]).toContain('cannot watch the Deployment objects in namespace shop: forbidden');
    expect(living.count('watch deployments')).toBe(2);
  });

  it('polls where watches never come about though the API server answers', async () => {
    living.put('web', { replicas: 0 });
    living.refuse((seen) => seen.query.has('watch'));
    const reads = open({ openMs: 100, lateMs: 50 });
    await look(reads);
    await expect.poll(() => living.count('watch deployments')).toBeGreaterThan(1);
    living.put('web', { replicas: 1 });
    expect(await until(reads, 'web=1', 100)).toBeLessThan(1000);
    await expect.poll(() => warnings.length, { timeout: 10_000 }).toBe(1);
  });

  it('goes on with a new token when the old one is refused', async () => {
    living.put('web', { replicas: 0 });
    let valid = 'token-1';
    let token = 'token-1';
    living.refuse((seen, response) => {
      if (seen.headers.authorization === `Bearer ${valid}`) return false;
      reply(response, 401, failure(401, 'Unauthorized', 'Unauthorized'));
      return true;
    });
    const client = createKubeClient(loginSource('fake', () => kubeconfigOf(living.api.address, token)));
    hub = new WatchHub(client);
    const reads = new WatchedReads(hub);
    await look(reads);
    await expect.poll(() => living.openWatches()).toBe(1);
    token = 'token-2';
    valid = 'token-2';
    living.endWatches('close');
    living.put('web', { replicas: 1 });

    expect(await until(reads, 'web=1')).toBeLessThan(1000);
    expect(living.count('list deployments')).toBe(1);
    await client.close();
  });

  it('ends with its client', async () => {
    const reads = open();
    await look(reads);
    await expect.poll(() => living.openWatches()).toBe(1);

    await base.close();

    await expect.poll(() => living.openWatches()).toBe(0);
    const before = living.count('watch deployments');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(living.count('watch deployments')).toBe(before);
  });
});
