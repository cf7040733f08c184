/** When work went on: the first thing that could not have happened while what died was away. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Struck } from './faults.ts';
import type { Cell } from './matrix.ts';
import type { ChaosRun } from './run.ts';
import type { ChaosStage } from './stage.ts';

const limitMs = 120_000;

/** Answers when work went on, ms since the epoch, and by which sign. */
export async function workGoesOn(
  stage: ChaosStage,
  run: ChaosRun,
  cell: Cell,
  struck: Struck,
): Promise<{ readonly at: number; readonly sign: string }> {
  const end = Date.now() + limitMs;
  let back: number | undefined;
  void struck.back.then((at) => (back = at)).catch(() => undefined);
  while (Date.now() < end) {
    const found = await signOf(stage, run, cell, struck, back);
    if (found !== undefined) return found;
    await sleep(50);
  }
  throw new Error(`no work for ${limitMs / 1000} s`);
}

type Sign = { readonly at: number; readonly sign: string };

async function signOf(
  stage: ChaosStage,
  run: ChaosRun,
  cell: Cell,
  struck: Struck,
  back: number | undefined,
): Promise<Sign | undefined> {
  const { fault, moment } = cell;
  switch (fault) {
    case 'worker':
    case 'one-of-two':
      return (await otherWorker(run, struck)) ?? ended(run, struck.at);
    case 'velero':
    case 'database':
      // A gate that the test holds shut does not end: it is at work when it waits for that alone again.
      if (moment === 'gate') return back === undefined ? undefined : beatSince(run, back, 'patient-latch');
      return ended(run, struck.at);
    case 'temporal':
      return back === undefined ? undefined : ((await beatSince(run, back)) ?? ended(run, back));
    case 'api-server':
    case 'etcd':
    case 'network': {
      const at = back === undefined ? undefined : stage.door.answeredSince(struck.at, back);
      return at === undefined ? undefined : { at, sign: 'the API server answered a worker' };
    }
    default:
      return fault satisfies never;
  }
}

async function ended(run: ChaosRun, since: number): Promise<Sign | undefined> {
  const found = await run.completedSince(since).catch(() => undefined);
  return found && { at: found.at, sign: found.what };
}

async function otherWorker(run: ChaosRun, { at, worker }: Struck): Promise<Sign | undefined> {
  const look = await run.look();
  const beat = look?.waits.find((one) => one.worker !== worker && Date.parse(one.at) > at);
  return beat && { at: Date.now(), sign: `another worker is at ${beat.waitsFor}` };
}

async function beatSince(run: ChaosRun, since: number, words = ''): Promise<Sign | undefined> {
  const look = await run.look();
  const beat = look?.waits.find((one) => Date.parse(one.at) > since && one.reason.includes(words));
  return beat && { at: Date.now(), sign: `a beat of ${beat.waitsFor}` };
}
