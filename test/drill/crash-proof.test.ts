/**
 * The whole drill under fire, on one lab and one Backup: workers killed at points that a seed chooses
 * (`REKINDLE_TEST_SEED`, how many of three: `REKINDLE_TEST_KILLS`), and Temporal's database lost in mid-run.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { verify } from '../../lab/sites/bookstore/site.ts';
import { withCluster } from '../../lab/sites/cluster.ts';
import { lookAt } from '../../src/cli/run-state.ts';
import { startRun } from '../../src/cli/start-run.ts';
import { textAt } from '../../src/kube/read.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { language } from '../../src/language.ts';
import { type Plan, stepsOf } from '../../src/model/plan.ts';
import type { Preview } from '../../src/model/preview.ts';
import type { Report } from '../../src/model/report.ts';
import type { RecoverRequest } from '../../src/model/request.ts';
import { loadPlanByName } from '../../src/plan/load.ts';
import { type Ledger, readLedger } from '../../src/recovery/ledger.ts';
import { controlNamespace, labelKeys, objectName } from '../../src/recovery/names.ts';
import { backupName, DrillStage, type RunHandle, say } from '../support/drill-stage.ts';
import { killInTheMiddle } from '../support/kill-in-the-middle.ts';
import { killPoints } from '../support/kill-points.ts';
import { useSite } from '../support/site.ts';

const seed = Number(process.env.REKINDLE_TEST_SEED ?? '3');
const kills = Number(process.env.REKINDLE_TEST_KILLS ?? '3');
const points = killPoints(seed).slice(0, kills);

/** For a recovery, on a machine that does other things too. */
const patienceMs = 9 * 60_000;
/** Seconds after a death until work goes on. The heartbeat timeout is 4 of them. */
const goOnWithin = 15;

const site = useSite();
let stage: DrillStage;
let plan: Plan;
let run: RunHandle | undefined;
let previewOfTheLoss: () => Promise<Preview>;
/** What a preview said of the lost site, the first time. */
let foreseen: Preview | undefined;

beforeAll(async () => {
  say(`kills by seed ${seed}: ${points.map(({ tier, afterMs }) => `${tier} + ${afterMs} ms`).join(', ')}`);
  stage = await DrillStage.set(site());
  const loaded = await loadPlanByName('bookstore', stage.config.plansFolder, language);
  if ('issues' in loaded) throw new Error('plans/bookstore.yaml is not valid');
  ({ plan } = loaded);
  previewOfTheLoss = () => stage.preview(loaded);
});
afterEach(async () => {
  // A run that a failed test left must not go on in the next one's cluster.
  await run?.terminate().catch(() => undefined);
  run = undefined;
});
afterAll(() => stage?.end());

/** Loses the site and begins to bring it back. */
async function loseAndRecover(): Promise<RunHandle> {
  const disasterAt = await stage.loseTheSite();
  foreseen ??= await previewWhenSettled();
  await stage.bringWorkers();
  return start({ plan: plan.name, backup: backupName, disasterAt });
}

/** A cluster that is seconds old may still be bringing its own pods up: a preview that finds something is looked at again, for a minute. */
async function previewWhenSettled(): Promise<Preview> {
  const patience = Date.now() + 60_000;
  for (;;) {
    const seen = await previewOfTheLoss();
    const inTheWay = seen.findings.filter(({ severity }) => severity !== 'info');
    if (inTheWay.length === 0 || Date.now() > patience) return seen;
    say(`preview: ${inTheWay.map(({ reason, message }) => `${reason}: ${message}`).join('; ')}`);
    await sleep(2000);
  }
}

async function start(request: RecoverRequest): Promise<RunHandle> {
  run = await startRun(stage.temporal, { ...request, onFailure: 'abort', onApproval: 'wait', reason: 'test' });
  return run;
}

function restores(): Promise<readonly KubeObject[]> {
  return withCluster(stage.lab, async (kube) => {
    const { items } = await kube.list({ apiVersion: 'velero.io/v1', kind: 'Restore' }, { namespace: 'velero' });
    return items;
  });
}

function ledgerOf(recovery: string): Promise<Ledger> {
  return withCluster(stage.lab, async (kube) => {
    const ledger = await readLedger(kube, recovery, AbortSignal.timeout(30_000));
    if (ledger === undefined) throw new Error(`recovery ${recovery} has no ledger`);
    return ledger;
  });
}

/** The steps whose gates a run has looked at itself. */
async function gatesLookedAt(handle: RunHandle): Promise<readonly string[]> {
  const { events = [] } = await handle.fetchHistory();
  const steps = (events ?? []).flatMap((event) => {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled?.activityType?.name !== 'awaitGate') return [];
    const [input] = scheduled.input?.payloads ?? [];
    return [(JSON.parse(Buffer.from(input?.data ?? []).toString()) as { readonly step: string }).step];
  });
  return [...new Set(steps)].toSorted();
}

/** What must be true of a recovery however it was disturbed. */
async function expectRecoveredOnce(report: Report): Promise<void> {
  expect({ outcome: report.outcome, because: report.because }).toEqual({ outcome: 'recovered', because: undefined });
  const stores = await verify(stage.lab, stage.expected);
  expect(stores.map(({ store }) => store)).toEqual(['orders', 'catalog', 'sessions', 'shipping']);
  expect(stores.filter(({ equal }) => !equal)).toEqual([]);

  const { recovery } = report;
  const names = Array.from(stepsOf(plan), ({ tier, step }) =>
    objectName({ recovery, tier, step: step.name, generation: 1, attempt: 1 }),
  );
  const made = await restores();
  expect(made.map(({ metadata }) => metadata.name).toSorted()).toEqual(names.toSorted());
  expect(made.filter((one) => one.metadata.labels?.[labelKeys.recovery] !== recovery)).toEqual([]);

  const steps = report.tiers.flatMap((tier) => tier.steps);
  expect(steps.map(({ name }) => name)).toEqual(Array.from(stepsOf(plan), ({ step }) => step.name));
  for (const step of steps) {
    expect(step).toMatchObject({ state: 'done', generation: 1, attempts: 1 });
    expect(step.evidence, `evidence of ${step.name}`).not.toEqual([]);
  }
  expect(report.decisions).toMatchObject([{ kind: 'approve', by: 'the test' }]);
  const leases = await withCluster(stage.lab, (kube) =>
    kube.list({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }, { namespace: controlNamespace }),
  );
  expect(leases.items.map(({ metadata }) => metadata.name)).toEqual([]);
}

describe('a worker killed with SIGKILL', () => {
  it.each(points)('in tier $tier, after $afterMs ms: the other one brings the site back', async (point) => {
    const handle = await loseAndRecover();
    const signal = AbortSignal.timeout(patienceMs);
    const over = new AbortController();
    const begun = Date.now();
    const [report, wait] = await Promise.all([
      stage.toTheEnd(handle, signal).finally(() => over.abort(new Error('the run was over before the kill'))),
      killInTheMiddle(handle, stage.workers, point, AbortSignal.any([signal, over.signal])),
    ]);

    say(
      `killed in ${wait.tier}/${wait.step} (${wait.waitsFor}); recovery ${((Date.now() - begun) / 1000).toFixed(1)} s`,
    );
    for (const crash of report.crashes) say(`${crash.tier}/${crash.step}: work went on after ${crash.seconds} s`);
    // A machine that stands still for seconds may cost the other worker an activity too.
    expect(report.workerCrashes).toBeGreaterThanOrEqual(1);
    const crash = report.crashes.find(({ worker }) => worker === wait.worker);
    expect(crash?.seconds, 'seconds until work went on').toBeLessThan(goOnWithin);
    await expectRecoveredOnce(report);
  });
});

describe("Temporal's database, lost in mid-run", () => {
  /** Until the queues are waited for: five tiers are done then. Answers the recovery's id. */
  const untilQueuesWait = async (handle: RunHandle, signal: AbortSignal): Promise<string> => {
    for (;;) {
      signal.throwIfAborted();
      const look = await lookAt(stage.temporal.client, handle);
      if (look.status !== 'RUNNING') throw new Error(`the run was ${look.status} before the queues were waited for`);
      const recovery = look.view?.recovery;
      if (recovery !== undefined && look.waits.some(({ tier }) => tier === 'queues')) return recovery;
      await sleep(200, undefined, { signal });
    }
  };
  const withEvidence = (ledger: Ledger): string[] =>
    Object.entries(ledger.steps).flatMap(([name, step]) => (step.endedWell === 1 ? [name] : []));

  it('costs no second Restore of anything: the ledger says what has evidence, and the rest is done', async () => {
    const signal = AbortSignal.timeout(patienceMs);
    const lost = await loseAndRecover();
    const recovery = await untilQueuesWait(lost, signal);
    const lostAt = Date.now();
    await stage.loseTemporal();
    await expect(stage.temporal.client.workflow.getHandle(lost.workflowId).describe()).rejects.toThrow(
      WorkflowNotFoundError,
    );
    const before = await ledgerOf(recovery);
    const restoresBefore = await restores();
    const evidenced = withEvidence(before);
    expect(evidenced).toEqual(expect.arrayContaining(['basics', 'volumes', 'orders', 'catalog', 'sessions']));
    expect(evidenced).not.toContain('web');
    say(`lost with evidence of ${evidenced.join(', ')}; Restores of ${restoresBefore.length} steps`);

    await stage.bringWorkers();
    const resumedAt = Date.now();
    const resumed = await start({ resume: recovery });
    const report = await stage.toTheEnd(resumed, signal);

    say(
      `new Temporal and workers after ${(resumedAt - lostAt) / 1000} s, recovered ${(Date.now() - resumedAt) / 1000} s after the resume`,
    );
    expect(report.recovery).toBe(recovery);
    expect(report.resumedFrom).toBe(`${lost.workflowId}/${lost.firstExecutionRunId}`);
    expect(report.findings.find(({ reason }) => reason === 'TookOver')?.message).toContain('unknown');
    await expectRecoveredOnce(report);

    const restoresAfter = await restores();
    const uids = new Set(restoresAfter.map(({ metadata }) => metadata.uid));
    expect(restoresBefore.filter(({ metadata }) => !uids.has(metadata.uid))).toEqual([]);
    // The report joins both runs: a tier keeps the time at which its gate first held.
    expect(report.runs).toMatchObject([{ outcome: 'interrupted' }, { outcome: 'recovered' }]);
    const doneBefore = ['namespaces', 'crds', 'operators', 'storage', 'databases'];
    const healthy = (before: boolean): number[] =>
      report.tiers
        .filter(({ name }) => doneBefore.includes(name) === before)
        .map(({ healthyAt }) => Date.parse(healthyAt ?? ''));
    expect(Math.max(...healthy(true))).toBeLessThan(lostAt);
    expect(Math.min(...healthy(false))).toBeGreaterThan(resumedAt);
    // Nothing counted as done that the resumed run had not proven itself, and all of it is evidenced in the end.
    expect(await gatesLookedAt(resumed)).toEqual(Array.from(stepsOf(plan), ({ step }) => step.name).toSorted());
    expect(withEvidence(await ledgerOf(recovery)).toSorted()).toEqual(
      Array.from(stepsOf(plan), ({ step }) => step.name).toSorted(),
    );
    expect(restoresAfter.filter((one) => textAt(one, 'status', 'phase') !== 'Completed')).toEqual([]);
  });
});

describe('a preview of the lost site', () => {
  it('found nothing in the way of what then came back, and a place for every object of the Backup', () => {
    const { findings, fates, objects, steps } = foreseen ?? {};

    const inTheWay = findings?.filter(({ severity }) => severity !== 'info');
    expect(inTheWay?.map(({ severity, reason, message }) => `${severity} ${reason}: ${message}`)).toEqual([]);
    expect(fates).toMatchObject({ leftOver: 0, inTheWay: 0, there: 0 });
    expect(objects?.length).toBeGreaterThan(300);
    expect(steps?.map(({ name }) => name)).toEqual(Array.from(stepsOf(plan), ({ step }) => step.name));
    expect(steps?.filter((step) => step.objects === 0)).toEqual([]);
  });
});
