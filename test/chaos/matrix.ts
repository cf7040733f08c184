/** The matrix: what dies, and when. A cell's place in the plan follows from the seed, so that it can be had again. */
import { numbersFrom } from '../support/kill-points.ts';

/** What dies. */
export const faults = [
  'worker',
  'one-of-two',
  'temporal',
  'api-server',
  'etcd',
  'velero',
  'database',
  'network',
] as const;
export type Fault = (typeof faults)[number];

/** When it dies. */
export const moments = ['boundary', 'start', 'wait', 'gate', 'held', 'approval', 'aborting'] as const;
export type Moment = (typeof moments)[number];

/** The plan's steps, each in a tier of its own, in their order. */
export const chaosSteps = [
  { tier: 'namespaces', step: 'basics' },
  { tier: 'storage', step: 'volumes' },
  { tier: 'databases', step: 'keys' },
  { tier: 'applications', step: 'web' },
  { tier: 'ingress', step: 'traffic' },
] as const;
export type ChaosStep = (typeof chaosSteps)[number];
export type StepName = ChaosStep['step'];

/** In words, for the table. */
export const faultWords: Readonly<Record<Fault, string>> = {
  worker: 'the only worker',
  'one-of-two': 'one of two workers',
  temporal: 'Temporal server',
  'api-server': 'API server',
  etcd: 'etcd',
  velero: 'Velero pod',
  database: 'database pod',
  network: 'network cut',
};
export const momentWords: Readonly<Record<Moment, string>> = {
  boundary: 'tier boundary',
  start: 'mid-start',
  wait: 'mid-wait',
  gate: 'mid-gate',
  held: 'held',
  approval: 'awaiting approval',
  aborting: 'aborting',
};

export interface Cell {
  readonly fault: Fault;
  readonly moment: Moment;
  /** Where in the plan. */
  readonly place: ChaosStep;
}

// Where a moment can be. The gates that can be held open by the test are those of the database and the application.
const placesOfMoment: Readonly<Record<Moment, readonly StepName[]>> = {
  boundary: ['basics', 'volumes', 'keys', 'web'],
  start: ['basics', 'volumes', 'keys', 'web', 'traffic'],
  wait: ['volumes', 'keys', 'web', 'traffic'],
  gate: ['keys', 'web'],
  held: ['keys', 'web'],
  approval: ['keys'],
  aborting: ['keys', 'web'],
};
/** The database can only die where it runs. */
const withDatabase: Readonly<Partial<Record<Moment, readonly StepName[]>>> = {
  boundary: ['keys', 'web'],
  start: ['web', 'traffic'],
  wait: ['web', 'traffic'],
};

/** The cell of a fault and a moment, at the place that the seed chooses. */
export function cellOf(fault: Fault, moment: Moment, seed: number): Cell {
  const places = (fault === 'database' ? withDatabase[moment] : undefined) ?? placesOfMoment[moment];
  const random = numbersFrom(seed + 101 * faults.indexOf(fault) + 1009 * moments.indexOf(moment));
  const step = places[Math.floor(random() * places.length)];
  const place = chaosSteps.find((one) => one.step === step);
  if (place === undefined) throw new Error(`no place for ${fault} at ${moment}`);
  return { fault, moment, place };
}

/** All cells that the filters leave, fault by fault. */
export function cellsOf(
  seed: number,
  only: { readonly faults?: readonly Fault[]; readonly moments?: readonly Moment[] } = {},
): Cell[] {
  return (only.faults ?? faults).flatMap((fault) =>
    (only.moments ?? moments).map((moment) => cellOf(fault, moment, seed)),
  );
}

/** So many cells of which no two have the fault or the moment in common. */
export function sampleOf(seed: number, count: number): Cell[] {
  const random = numbersFrom(seed);
  const byFault = shuffled(faults, random);
  const byMoment = shuffled(moments, random);
  return byMoment.slice(0, count).map((moment, index) => cellOf(byFault[index] ?? 'worker', moment, seed));
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((item) => ({ item, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
