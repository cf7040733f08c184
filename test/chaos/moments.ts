/** How a run is brought to the moment at which something dies, and what happens right after that. */
import { setTimeout as sleep } from 'node:timers/promises';
import { textAt } from '../../src/kube/read.ts';
import { labelKeys } from '../../src/model/labels.ts';
import { signalInPods } from '../support/lab-machine.ts';
import type { Held } from './door.ts';
import type { Cell, ChaosStep, Fault } from './matrix.ts';
import { type KeptStep, keptSteps, type Latch, setLatch } from './plan.ts';
import type { ChaosRun } from './run.ts';
import type { ChaosStage } from './stage.ts';

/** A run at its moment. */
export interface Reached {
  /** The worker whose death matters most now. */
  readonly busy: string | undefined;
  /** To be called as soon as the thing has died: what was held goes on, a person decides what waits for a decision. */
  after(fault: Fault): Promise<void>;
  readonly note?: string;
}

/** The latches that are shut when a cell's run begins. */
export function shutLatches({ moment, place }: Cell): { readonly step: KeptStep; readonly latch: Latch } | undefined {
  const step = keptSteps.find((one) => one === place.step);
  if (step === undefined) return undefined;
  if (moment === 'held') return { step, latch: 'impatient' };
  return moment === 'gate' || moment === 'aborting' ? { step, latch: 'patient' } : undefined;
}

/** Brings a run to its moment. */
export function reach(stage: ChaosStage, run: ChaosRun, cell: Cell): Promise<Reached> {
  const { place } = cell;
  switch (cell.moment) {
    case 'boundary':
      return atBoundary(stage, run, place);
    case 'start':
      return inStart(stage, run, place);
    case 'wait':
      return inWait(stage, run, place);
    case 'gate':
      return inGate(run, place);
    case 'held':
      return whileHeld(stage, run, cell);
    case 'approval':
      return atApproval(run);
    case 'aborting':
      return inAbort(stage, run, cell);
    default:
      return cell.moment satisfies never;
  }
}

function letGo(held: Held): (fault: Fault) => Promise<void> {
  return async (fault) => held.end(fault === 'api-server' ? 'cut' : 'answer');
}

/** The ledger says that the step is done, and nobody knows it yet. */
async function atBoundary(stage: ChaosStage, run: ChaosRun, { step }: ChaosStep): Promise<Reached> {
  const hold = stage.door.hold(
    ({ method, body }) => method === 'PATCH' && body.includes(`"step.${step}"`) && body.includes('\\"done\\":true'),
  );
  const held = await run.meets(`the end of ${step}`, hold);
  return { busy: await workerAt(run, step), after: letGo(held) };
}

/** The Restore is made, and its maker has not heard so. */
async function inStart(stage: ChaosStage, run: ChaosRun, { tier, step }: ChaosStep): Promise<Reached> {
  const hold = stage.door.hold(
    ({ method, path, body }) => method === 'POST' && path.includes('/restores') && body.includes(`-${tier}-${step}-g1`),
  );
  const held = await run.meets(`the start of ${step}`, hold);
  return { busy: await workerAt(run, step), after: letGo(held) };
}

/** Velero is at work on the Restore, and stands still in the middle of it until the strike. */
async function inWait(stage: ChaosStage, run: ChaosRun, { step }: ChaosStep): Promise<Reached> {
  const server = ['/velero', 'server'];
  const recovery = await run.until('a recovery id', ({ view }) => view?.recovery);
  const labelSelector = `${labelKeys.recovery}=${recovery},${labelKeys.step}=${step}`;
  const phase = async (): Promise<string | undefined> => {
    const { items } = await stage.kube.list(
      { apiVersion: 'velero.io/v1', kind: 'Restore' },
      { namespace: 'velero', labelSelector },
    );
    return items[0] && (textAt(items[0], 'status', 'phase') ?? 'New');
  };
  await run.until(
    `the tier of ${step}`,
    ({ view }) => view?.tiers.find((one) => one.steps.some(({ name }) => name === step))?.startedAt,
  );
  const end = Date.now() + 60_000;
  let seen = await phase();
  while ((seen === undefined || seen === 'New') && Date.now() < end) {
    await sleep(20);
    seen = await phase();
  }
  signalInPods(stage.lab, server, 'SIGSTOP');
  const now = await phase();
  // It cannot end: sooner or later a worker is at it.
  const busy = await run.until(
    `the wait for ${step}`,
    ({ waits }) => waits.find((one) => one.step === step && one.waitsFor === 'restore')?.worker,
  );
  return {
    busy,
    after: async () => void signalInPods(stage.lab, server, 'SIGCONT'),
    ...(now === 'InProgress' ? {} : { note: `Restore was ${now ?? 'not there'}` }),
  };
}

async function inGate(run: ChaosRun, { step }: ChaosStep): Promise<Reached> {
  const busy = await run.until(
    `the gate of ${step}`,
    ({ waits }) =>
      waits.find((one) => one.step === step && one.waitsFor === 'gate' && one.reason.includes('patient-latch'))?.worker,
  );
  return { busy, after: async () => undefined };
}

async function whileHeld(stage: ChaosStage, run: ChaosRun, cell: Cell): Promise<Reached> {
  await run.until('being held', ({ view }) => (view?.state === 'held' ? true : undefined));
  const shut = shutLatches(cell);
  // Mended before anything dies: only the decision is missing.
  if (shut) await setLatch(stage.kube, shut.step, shut.latch, true);
  return {
    busy: await run.lastWorker(),
    after: () => run.decide('retryStep', { step: cell.place.step, mode: 'wait' }),
  };
}

async function atApproval(run: ChaosRun): Promise<Reached> {
  await run.until('awaiting approval', ({ view }) => (view?.state === 'awaiting-approval' ? true : undefined));
  return { busy: await run.lastWorker(), after: () => run.decide('approve', {}) };
}

/** The abort is taken, and is being written to the ledger. */
async function inAbort(stage: ChaosStage, run: ChaosRun, { place }: Cell): Promise<Reached> {
  await inGate(run, place);
  const hold = stage.door.hold(({ method, body }) => method === 'PATCH' && body.includes('"decision.'));
  await run.decide('abort', {});
  const held = await run.meets('the note of the abort', hold);
  return { busy: await workerAt(run, undefined), after: letGo(held) };
}

/** The worker at which a step's activity is, or any activity. */
function workerAt(run: ChaosRun, step: string | undefined): Promise<string | undefined> {
  return run
    .until('an activity', ({ waits }) => waits.find((one) => step === undefined || one.step === step)?.worker)
    .catch(() => undefined);
}
