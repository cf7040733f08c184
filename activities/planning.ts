import type { Finding, StageName } from '../src/drivers/driver.ts';
import { drivers } from '../src/drivers/registry.ts';
import type { KubeClient } from '../src/kube/types.ts';
import type { PinnedBackup } from '../src/model/backup.ts';
import { drilledPlan } from '../src/model/drill.ts';
import type { Plan } from '../src/model/plan.ts';
import type { Decision } from '../src/model/report.ts';
import type { RecoverRequest } from '../src/model/request.ts';
import { forHistory } from '../src/model/redact.ts';
import { language } from '../src/language.ts';
import { issueText, type PlanIssue } from '../src/plan/language.ts';
import { loadPlanByName } from '../src/plan/load.ts';
import { parsePlan } from '../src/plan/parse.ts';
import { findLedger } from '../src/recovery/find-ledger.ts';
import { earlierRuns, type EarlierRuns, keepEarlierRun } from '../src/recovery/journal.ts';
import {
  type Ledger,
  type LedgerRun,
  type LedgerStep,
  openLedger,
  planHash,
  readLedger,
  writeDecision,
  writeJournal,
} from '../src/recovery/ledger.ts';
import { ensureControlNamespace, takeLock } from '../src/recovery/lock.ts';
import { type Chain, recoveryId } from '../src/recovery/names.ts';
import { parseDrillRequest } from '../src/recovery/drill-request.ts';
import { parseRequest, refuseEnded, refuseUnclearApproval } from '../src/recovery/request.ts';
import { clusterUid } from '../src/recovery/cluster.ts';
import { refuseOwnCluster, withPlace } from './drill-place.ts';
import { waitUntil } from '../src/recovery/wait.ts';
import { lookForBackup } from '../src/velero/pin.ts';
import { acting, type Beat } from './acting.ts';
import type { Shared } from './deps.ts';
import { failure } from './failure.ts';
import { askHolder, closedAt, temporalName } from './holder.ts';
import { leftDrillOf } from './left-drill.ts';

export interface LoadInput {
  readonly input: unknown;
  readonly chain: Chain;
  readonly mode?: 'drill';
}

/** What planning gives the run. */
export interface Loaded {
  readonly request: RecoverRequest;
  readonly recovery: string;
  readonly plan: Plan;
  readonly planText: string;
  readonly planSha256: string;
  readonly searchAttributes: boolean;
  /** The stages of each driver that the plan uses: the workflow knows drivers by name only. */
  readonly stages: Readonly<Record<string, readonly StageName[]>>;
  /** Set when this is a resume. */
  readonly resumed?: Resumed;
}

/** What an earlier run of the same recovery left in its ledger. */
export interface Resumed {
  readonly run: LedgerRun;
  readonly context: string;
}

export interface PinInput {
  readonly cluster: string;
  readonly plan: Plan;
  readonly request: RecoverRequest;
  readonly since: string;
  readonly acceptBackup?: string;
  readonly resumed?: LedgerRun;
}

export interface Pinned {
  readonly cluster: { readonly context: string; readonly uid: string };
  readonly backup?: PinnedBackup;
}

export interface LockInput {
  /** Taken before there was a ledger to write them to. */
  readonly decisions: readonly Decision[];
  readonly run: LedgerRun;
  readonly chain: Chain;
  readonly takeOver: boolean;
  readonly planText: string;
  /** When this very run began: `run.startedAt` is the recovery's beginning. */
  readonly begunAt?: string;
}

/** What came with the lock. */
export interface Locked {
  readonly firstWriteAt: string;
  readonly tookOver?: string;
  /** Of an earlier run of the recovery, as its ledger has them now that nobody else writes to it. */
  readonly steps: {
    readonly [step: string]: Pick<LedgerStep, 'generation' | 'attempt' | 'startedAt' | 'doneAt' | 'took'> & {
      /** Generations before which claims were set aside. */
      readonly asides?: readonly string[];
    };
  };
  /** The runs before this one; absent where there are none. */
  readonly before?: EarlierRuns;
  readonly earlier: readonly Decision[];
  /** The number of this run's own first decision. */
  readonly firstDecision: number;
}

/** How long a Backup's reappearance is waited for: the sync period is a minute by default. */
const backupWaitMs = 5 * 60_000;

const nowhere = () => ({});

export function planningActivities(deps: Shared) {
  return {
    loadPlan: acting(deps, 'the plan', nowhere, (input: LoadInput, beat) => load(deps, input, beat)),
    pinRecovery: acting(deps, 'cluster and backup', nowhere, (input: PinInput, beat) => pin(deps, input, beat)),
    lockSite: acting(deps, 'the lock', nowhere, (input: LockInput, beat) => lock(deps, input, beat)),
  };
}

async function load(deps: Shared, { input, chain, mode }: LoadInput, beat: Beat): Promise<Loaded> {
  const request = mode === 'drill' ? parseDrillRequest(input) : parseRequest(input, new Date());
  const stages = Object.fromEntries(Object.entries(drivers).map(([name, driver]) => [name, driver.stages]));
  const common = { request, searchAttributes: deps.searchAttributes, stages };
  const left = await leftDrillOf(deps, request, beat);
  if (left) return { ...common, ...left };
  if (request.resume) {
    const resumed = await loadResumed(deps, request.resume, beat);
    refuseUnclearApproval(request, resumed.plan);
    return { ...common, ...resumed };
  }
  const loaded = await loadPlanByName(request.plan ?? '', deps.plansFolder, language);
  if ('issues' in loaded) throw planInvalid(loaded.issues);
  if (mode !== 'drill') refuseUnclearApproval(request, loaded.plan);
  return {
    ...common,
    recovery: recoveryId(loaded.plan.site, chain),
    plan: mode === 'drill' ? rehearsed(loaded.plan) : loaded.plan,
    planText: loaded.text,
    planSha256: loaded.sha256,
  };
}

function rehearsed(plan: Plan): Plan {
  const drilled = drilledPlan(plan);
  if (drilled) return drilled;
  throw failure(
    'PlanInvalid',
    `plan ${plan.name} has no section drill: write drill: {cluster: <context>} with another cluster than ${plan.cluster}`,
  );
}

function planInvalid(issues: readonly PlanIssue[]) {
  const lines = issues.slice(0, 10).map(issueText);
  return failure('PlanInvalid', lines.map((line) => forHistory(line, 300)).join('\n'), { issues: issues.length });
}

async function loadResumed(
  deps: Shared,
  recovery: string,
  beat: Beat,
): Promise<Omit<Loaded, 'request' | 'searchAttributes' | 'stages'>> {
  beat.say(`looks for the ledger of ${recovery} in ${deps.clusters.contexts.join(', ')}`);
  const { ledger, context } = await findLedger(deps.clusters, recovery, beat.signal);
  if (ledger.run.mode === 'drill')
    throw failure(
      'RequestInvalid',
      `"resume": ${recovery} is a drill, which is not gone on with: \`rekindle clean-up ${recovery}\` removes what it left; start another one (drillSite), or recover the site by its plan`,
    );
  refuseEnded(recovery, ledger.run.plan, ledger.outcome);
  const parsed = parsePlan(ledger.planText, `${ledger.run.plan}.yaml`, language);
  if ('issues' in parsed) throw planInvalid(parsed.issues);
  return {
    recovery,
    plan: parsed.plan,
    planText: ledger.planText,
    planSha256: planHash(ledger.planText),
    resumed: { run: ledger.run, context },
  };
}

/** The run is held at planning until somebody has settled this. */
export function blocked(findings: readonly Finding[]) {
  const first = findings[0];
  const short = findings.map((finding) => ({ ...finding, message: forHistory(finding.message) }));
  return failure('Blocked', findings.map((finding) => finding.message).join('; '), {
    reason: first?.reason ?? 'Blocked',
    findings: short.slice(0, 50),
  });
}

async function pin(deps: Shared, input: PinInput, beat: Beat): Promise<Pinned> {
  if (!deps.clusters.contexts.includes(input.cluster))
    throw failure(
      'PlanInvalid',
      `spec.cluster: this worker knows no context ${input.cluster}; it knows ${deps.clusters.contexts.join(', ') || 'none'}`,
    );
  const kube = deps.clusters.client(input.cluster);
  const uid = await clusterUid(kube, beat.signal);
  const cluster = { context: input.cluster, uid };
  if (input.plan.drillOf !== undefined)
    await refuseOwnCluster(deps, { ...cluster, provenBy: input.resumed }, input.plan.drillOf, beat.signal);
  if (input.resumed) {
    if (uid !== input.resumed.cluster.uid)
      throw failure(
        'NotOurs',
        `recovery ${input.resumed.recovery} restores into the cluster with kube-system ${input.resumed.cluster.uid}; context ${input.cluster} points to another one (${uid})`,
      );
    return { cluster, ...(input.resumed.backup ? { backup: input.resumed.backup } : {}) };
  }
  const source = input.plan.velero;
  if (!source) return { cluster };
  const asked = {
    ...(input.request.backup ? { backup: input.request.backup } : {}),
    ...(input.acceptBackup ? { acceptBackup: input.acceptBackup } : {}),
  };
  const since = new Date(input.since);
  const waited = await waitUntil(
    async () => {
      const look = await lookForBackup(kube, source, asked, since, beat.signal);
      return look.state === 'waiting' ? { notYet: look.reason } : { done: look };
    },
    { everyMs: 1000, deadlineAt: () => since.getTime() + backupWaitMs, signal: beat.signal, say: beat.say },
  );
  if ('overdue' in waited) throw blocked([{ severity: 'block', reason: 'BackupMissing', message: waited.overdue }]);
  if (waited.done.state === 'blocked') throw blocked([waited.done.finding]);
  return { cluster, backup: waited.done.backup };
}

async function lock(deps: Shared, input: LockInput, beat: Beat): Promise<Locked> {
  const kube = deps.clusters.client(input.run.cluster.context);
  if ((await clusterUid(kube, beat.signal)) !== input.run.cluster.uid)
    throw failure('NotOurs', `context ${input.run.cluster.context} now points to another cluster than at planning`);
  // One that somebody has edited is refused before anything of ours is written.
  await readLedger(kube, input.run.recovery, beat.signal);
  await ensureControlNamespace(kube, beat.signal);
  const { workflow, recovery, site } = input.run;
  const base = deps.temporal.uiUrl ?? '';
  const answer = await takeLock(kube, {
    site,
    recovery,
    chain: input.chain,
    temporalAddress: temporalName(deps),
    link: base && `${base}/namespaces/${workflow.namespace}/workflows/${encodeURIComponent(workflow.workflowId)}`,
    takeOver: input.takeOver,
    ask: (holder) => askHolder(deps, holder),
    signal: beat.signal,
  });
  if (answer.state === 'busy') throw failure('SiteBusy', answer.message);
  await keepEarlierRun(kube, input.run, input.chain, beat.signal);
  const ledger = await openLedger(kube, await withPlace(kube, input.run, beat.signal), input.planText, beat.signal);
  await beginJournal(kube, input, ledger, beat);
  const before = await earlierRuns(ledger, input.chain, (workflowId, runId) => closedAt(deps, workflowId, runId));
  const own = new Set(input.decisions.map((decision) => JSON.stringify(decision)));
  const earlier = ledger.decisions.filter(({ decision }) => !own.has(JSON.stringify(decision)));
  const firstDecision = (earlier.at(-1)?.number ?? -1) + 1;
  for (const [index, decision] of input.decisions.entries())
    await writeDecision(kube, recovery, firstDecision + index, decision, beat.signal);
  const steps = Object.entries(ledger.steps).map(
    ([name, { generation, attempt, startedAt, doneAt, took, asides }]) =>
      [
        name,
        {
          generation,
          attempt,
          ...(startedAt ? { startedAt } : {}),
          ...(doneAt ? { doneAt } : {}),
          ...(took ? { took } : {}),
          ...(asides ? { asides: Object.keys(asides) } : {}),
        },
      ] as const,
  );
  return {
    firstWriteAt: ledger.firstWriteAt,
    ...(answer.tookOver ? { tookOver: answer.tookOver } : {}),
    steps: Object.fromEntries(steps),
    earlier: earlier.map(({ decision }) => decision),
    firstDecision,
    ...(before ? { before } : {}),
  };
}

/** This run's own entry: a later run knows by it that there was one, however it ended. */
async function beginJournal(kube: KubeClient, input: LockInput, ledger: Ledger, beat: Beat): Promise<void> {
  const { workflowId, firstRunId: runId } = input.chain;
  if (ledger.journals.some((journal) => journal.runId === runId)) return;
  const startedAt = input.begunAt ?? input.run.startedAt;
  await writeJournal(kube, input.run.recovery, { workflowId, runId, startedAt }, beat.signal);
}
