/** What must be true at the end of every cell, whatever died: one line for each thing that is not. */
import { setTimeout as sleep } from 'node:timers/promises';
import { clockThings, leftStopped, readKeys } from '../../lab/sites/chaos/site.ts';
import { waitReady } from '../../lab/sites/cluster.ts';
import { openRuns } from '../../src/cli/runs.ts';
import type { Report } from '../../src/model/report.ts';
import { readLedger } from '../../src/recovery/ledger.ts';
import { controlNamespace, labelKeys, objectName } from '../../src/recovery/names.ts';
import { type Cell, chaosSteps, type Fault } from './matrix.ts';
import type { ChaosStage } from './stage.ts';

/** Where the engine itself, or what it writes to, dies, one of its Restores may be lost: the next attempt is a second object. */
const mayCostARestore: readonly Fault[] = ['velero', 'api-server', 'etcd'];

/** Looks at everything; empty: all is well. */
export async function problemsAtTheEnd(stage: ChaosStage, cell: Cell, report: Report): Promise<string[]> {
  return [
    ...ofReport(cell, report),
    ...(await ofEngine(stage, cell, report)),
    ...(await ofData(stage)),
    ...(await leases(stage)).map((name) => `the lock ${name} is still there`),
    ...(await clockThings(stage.kube)).flatMap(leftStopped),
    ...(await stillOpen(stage)).map((id) => `run ${id} is still open`),
  ];
}

function ofReport({ fault, moment }: Cell, report: Report): string[] {
  const { outcome, because, tiers, workerCrashes } = report;
  const notDone = tiers.flatMap(({ steps }) => steps.filter(({ state }) => state !== 'done'));
  const isWorker = fault === 'worker' || fault === 'one-of-two';
  // In the aborting run's own report: that of the resumed one says only what happened under it.
  const isSeen = isWorker && !['held', 'approval', 'aborting'].includes(moment);
  return [
    ...(outcome === 'recovered' ? [] : [`the outcome is ${outcome}: ${because ?? ''}`]),
    ...notDone.map(({ name, state }) => `step ${name} is ${state}`),
    ...(isSeen && workerCrashes < 1 ? ['the report knows of no worker that died'] : []),
    // While Temporal is away nobody's beats arrive: a worker that had nothing to do afterwards cannot be told from a dead one.
    ...(!isWorker && fault !== 'temporal' && workerCrashes > 0
      ? [`the report says that ${workerCrashes} workers died, and none did`]
      : []),
  ];
}

/** Exactly one engine object for each step, generation and attempt that the ledger knows. */
async function ofEngine({ kube }: ChaosStage, { fault }: Cell, { recovery }: Report): Promise<string[]> {
  const ledger = await readLedger(kube, recovery, AbortSignal.timeout(30_000));
  if (ledger === undefined) return [`recovery ${recovery} has no ledger`];
  const problems: string[] = [];
  const wanted: string[] = [];
  for (const { tier, step } of chaosSteps) {
    const { generation, attempt, endedWell } = ledger.steps[step] ?? { generation: 0, attempt: 0, endedWell: 0 };
    if (generation !== 1 || endedWell !== 1) problems.push(`step ${step} is at generation ${generation}`);
    if (attempt !== 1 && !mayCostARestore.includes(fault)) problems.push(`step ${step} took ${attempt} attempts`);
    for (let number = 1; number <= attempt; number += 1)
      wanted.push(objectName({ recovery, tier, step, generation: 1, attempt: number }));
  }
  const restores = await kube.list({ apiVersion: 'velero.io/v1', kind: 'Restore' }, { namespace: 'velero' });
  const made = restores.items.filter(
    ({ metadata }) => metadata.labels?.[labelKeys.recovery] === recovery || metadata.name.startsWith(recovery),
  );
  const names = made.map(({ metadata }) => metadata.name).toSorted();
  if (names.join() !== wanted.toSorted().join())
    problems.push(`Restores are ${names.join(', ')}, not ${wanted.join(', ')}`);
  if (ledger.outcome !== 'recovered') problems.push(`the ledger says ${ledger.outcome ?? 'nothing'}`);
  return problems;
}

async function ofData({ kube, expected }: ChaosStage): Promise<string[]> {
  try {
    await waitReady(kube, 'StatefulSet', 'chaos-data', 'keys', 30_000);
    const found = await readKeys(kube);
    return found === expected ? [] : [`the store holds ${found}, not ${expected}`];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** Temporal's list is a moment behind. */
async function stillOpen({ temporal }: ChaosStage): Promise<string[]> {
  let open = await openRuns(temporal.client);
  for (let look = 0; look < 40 && open.length > 0; look += 1) {
    await sleep(250);
    open = await openRuns(temporal.client);
  }
  return open.map(({ workflowId }) => workflowId);
}

/** Names of the locks that are there. */
export async function leases({ kube }: ChaosStage): Promise<string[]> {
  const kind = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };
  const { items } = await kube.list(kind, { namespace: controlNamespace });
  return items.map(({ metadata }) => metadata.name);
}
