/** What a gate over many objects costs, in a process of its own: node --expose-gc gate-memory.ts KUBECONFIG CONTEXT NAMESPACE COUNT CHANGES */
import { lookAtGate } from '../../src/health/gate.ts';
import { keepYoungHeapSmall } from '../../src/heap.ts';
import { clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { WatchHub } from '../../src/kube/watch-hub.ts';
import { WatchedReads } from '../../src/kube/watching.ts';
import { waitUntil } from '../../src/recovery/wait.ts';
import { benchKind, quantile, refsOf, setReady } from './objects.ts';

/** What is printed, as one line of JSON. */
export interface GateCost {
  readonly objects: number;
  /** Above what the process had before the gate, MiB. */
  readonly heapMb: number;
  readonly rssMb: number;
  /** Highest resident size while the gate ran. */
  readonly peakRssMb: number;
  readonly lists: number;
  readonly watches: number;
  readonly firstLookMs: number;
  readonly lookMs: number;
  readonly changes: number;
  readonly p95Ms: number;
}

// As the worker does.
keepYoungHeapSmall();
const [kubeconfig = '', context = '', namespace = '', count = '0', changes = '0'] = process.argv.slice(2);
const refs = refsOf(namespace, Number(count));
const clusters = clustersFromKubeconfig(kubeconfig);
const base = clusters.client(context);
let lists = 0;
let watches = 0;
const counted: KubeClient = Object.assign(Object.create(base) as KubeClient, {
  list: (...args: Parameters<KubeClient['list']>) => {
    if (args[0].kind === benchKind.kind) lists += 1;
    return base.list(...args);
  },
  watch: (...args: Parameters<KubeClient['watch']>) => {
    watches += 1;
    return base.watch(...args);
  },
});
const mb = (bytes: number): number => Math.round((bytes / 1024 / 1024) * 10) / 10;
const settled = (): NodeJS.MemoryUsage => {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage();
};

// What the first call of a client loads counts for the process, not for the gate.
await base.version();
await base.resource(benchKind);
const before = settled();
let peakRss = 0;
const sampling = setInterval(() => (peakRss = Math.max(peakRss, process.memoryUsage().rss)), 50);

const hub = new WatchHub(counted);
const reads = new WatchedReads(hub);
const stop = new AbortController();
const lookMs: number[] = [];
const seenAt = new Map<string, number>();
let waitingCount = refs.length;
const gate = waitUntil(
  async () => {
    const began = performance.now();
    const look = await lookAtGate({
      kube: reads.kube,
      plan: { accept: [] },
      tier: 'databases',
      refs,
      signal: stop.signal,
    });
    lookMs.push(performance.now() - began);
    if (look.waitingCount < waitingCount) seenAt.set(String(look.waitingCount), performance.now());
    waitingCount = look.waitingCount;
    return { notYet: look.reason };
  },
  { everyMs: 500, wake: reads, deadlineAt: () => Date.now() + 3_600_000, signal: stop.signal, say: () => undefined },
);
gate.catch(() => undefined);
while (lookMs.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));

const samples: number[] = [];
for (const [index, ref] of refs.slice(0, Number(changes)).entries()) {
  await setReady(base, ref, true);
  const acknowledged = performance.now();
  const key = String(refs.length - index - 1);
  while (!seenAt.has(key)) await new Promise((resolve) => setTimeout(resolve, 2));
  samples.push(Math.max(0, (seenAt.get(key) ?? 0) - acknowledged));
  await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 200));
}
const after = settled();
clearInterval(sampling);
const cost: GateCost = {
  objects: refs.length,
  heapMb: mb(after.heapUsed - before.heapUsed),
  rssMb: mb(after.rss - before.rss),
  peakRssMb: mb(Math.max(peakRss, after.rss) - before.rss),
  lists,
  watches,
  firstLookMs: Math.round(lookMs[0] ?? 0),
  lookMs: Math.round(quantile(lookMs.slice(1), 0.5)),
  changes: samples.length,
  p95Ms: Math.round(quantile(samples, 0.95)),
};
process.stdout.write(`${JSON.stringify(cost)}\n`);
stop.abort();
hub.close();
await clusters.close();
