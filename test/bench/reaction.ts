/** How soon a change is seen: by a gate, by `kubectl wait`, by a poll every two seconds, on the same objects. */
import { spawn } from 'node:child_process';
import { lookAtGate } from '../../src/health/gate.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { listAt, textAt } from '../../src/kube/read.ts';
import { WatchHub } from '../../src/kube/watch-hub.ts';
import { WatchedReads } from '../../src/kube/watching.ts';
import type { ObjectRef } from '../../src/model/verdict.ts';
import { waitUntil } from '../../src/recovery/wait.ts';
import { benchKind, setReady } from './objects.ts';

/** Times from the API server's acknowledgement to the sight, ms. */
export interface Reactions {
  readonly gate: readonly number[];
  readonly poll: readonly number[];
  readonly kubectlWait: readonly number[];
}

/** A change on its way: what it is to, when it was acknowledged, and who saw it when. */
interface Pending {
  readonly isReady: boolean;
  readonly acknowledged: PromiseWithResolvers<number>;
  readonly gate: PromiseWithResolvers<number>;
  readonly poll: PromiseWithResolvers<number>;
}

type Pendings = Map<string, Pending>;

const pollMs = 2000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Notes for each change on its way whether it is in sight. */
function notice(pendings: Pendings, who: 'gate' | 'poll', isReady: (name: string) => boolean): void {
  const now = performance.now();
  for (const [name, pending] of pendings) if (isReady(name) === pending.isReady) pending[who].resolve(now);
}

/** The gate: its looks through the watches, in the one waiting function, for as long as it is measured. */
async function gate(hub: WatchHub, refs: readonly ObjectRef[], pendings: Pendings, signal: AbortSignal): Promise<void> {
  const reads = new WatchedReads(hub);
  const look = async (): Promise<{ notYet: string }> => {
    const plan = { accept: [] };
    const seen = await lookAtGate({ kube: reads.kube, plan, tier: 'databases', refs, signal });
    const waiting = new Set(seen.waiting.map(({ name }) => name));
    notice(pendings, 'gate', (name) => !waiting.has(name));
    return { notYet: seen.reason };
  };
  const options = { everyMs: 500, deadlineAt: () => Date.now() + 3_600_000, signal, say: () => undefined };
  await waitUntil(look, { ...options, wake: reads });
}

/** What people write in shell scripts: a list every two seconds. */
async function poll(kube: KubeClient, namespace: string, pendings: Pendings, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { items } = await kube.list(benchKind, { namespace });
    const ready = new Set(
      items
        .filter((item) =>
          listAt(item, 'status', 'conditions').some((condition) => textAt(condition, 'status') === 'True'),
        )
        .map((item) => item.metadata.name),
    );
    notice(pendings, 'poll', (name) => ready.has(name));
    await pause(pollMs);
  }
}

/** Changes an object at random moments, one change at a time: the next one when all have seen it. */
async function change(
  kube: KubeClient,
  ref: ObjectRef,
  pendings: Pendings,
  into: { readonly gate: number[]; readonly poll: number[] },
  isEnough: () => boolean,
): Promise<void> {
  for (let isReady = true; !isEnough(); isReady = !isReady) {
    await pause(Math.random() * 4000);
    const pending: Pending = {
      isReady,
      acknowledged: Promise.withResolvers(),
      gate: Promise.withResolvers(),
      poll: Promise.withResolvers(),
    };
    pendings.set(ref.name, pending);
    await setReady(kube, ref, isReady);
    const acknowledged = performance.now();
    const [byGate, byPoll] = await Promise.all([pending.gate.promise, pending.poll.promise]);
    pendings.delete(ref.name);
    // What is in sight before its acknowledgement has come back is seen at once.
    into.gate.push(Math.max(0, byGate - acknowledged));
    into.poll.push(Math.max(0, byPoll - acknowledged));
  }
}

/** One `kubectl wait`, which is listening when the object becomes ready. */
async function kubectlWait(kubectl: readonly string[], kube: KubeClient, ref: ObjectRef): Promise<number> {
  await setReady(kube, ref, false);
  const [command = '', ...args] = kubectl;
  const flags = ['wait', '-v=6', '--for=condition=Ready', '--timeout=120s', '-n', ref.namespace ?? ''];
  const child = spawn(command, [...args, ...flags, `benches.bench.rekindle.dev/${ref.name}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve(performance.now()) : reject(new Error(`kubectl wait ended with ${code}`)),
    );
  });
  ended.catch(() => undefined);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  // It says which requests it has sent; with the watch's head back it listens.
  for (let look = 0; look < 600 && !/watch=true.*200 OK|watch=true[^\n]*status="200/u.test(said); look += 1)
    await pause(50);
  await setReady(kube, ref, true);
  const acknowledged = performance.now();
  return Math.max(0, (await ended) - acknowledged);
}

/** Measures until there are so many changes. `kubectl` may be empty: then it is left out. */
export async function measureReactions(
  worker: KubeClient,
  other: KubeClient,
  objects: { readonly changed: readonly ObjectRef[]; readonly waitedFor: readonly ObjectRef[] },
  options: { readonly changes: number; readonly kubectl: readonly string[]; readonly say: (text: string) => void },
): Promise<Reactions> {
  const pendings: Pendings = new Map();
  const into = { gate: [] as number[], poll: [] as number[], kubectlWait: [] as number[] };
  const stop = new AbortController();
  const hub = new WatchHub(worker);
  const namespace = objects.changed[0]?.namespace ?? '';
  const watchers = [
    gate(hub, objects.changed, pendings, stop.signal),
    poll(other, namespace, pendings, stop.signal),
  ].map((each) =>
    each.catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    }),
  );
  const saying = setInterval(() => options.say(`${into.gate.length} of ${options.changes} changes`), 15_000);
  const isEnough = (): boolean => into.gate.length >= options.changes;
  const changing = Promise.all(objects.changed.map((ref) => change(other, ref, pendings, into, isEnough)));
  const kubectls = (async () => {
    if (options.kubectl.length === 0) return;
    for (const ref of objects.waitedFor)
      if (!isEnough()) into.kubectlWait.push(await kubectlWait(options.kubectl, other, ref));
  })();
  await Promise.race([Promise.all([changing, kubectls]), Promise.all(watchers)]);
  clearInterval(saying);
  stop.abort();
  await Promise.all(watchers);
  hub.close();
  return into;
}
