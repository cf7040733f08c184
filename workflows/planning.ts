import { patched, workflowInfo } from '@temporalio/workflow';
import type { Loaded, LoadInput } from '../activities/planning.ts';
import type { PinnedBackup } from '../src/model/backup.ts';
import type { LookedOnly } from '../src/model/look.ts';
import type { LedgerRun } from '../src/recovery/ledger.ts';
import type { Chain } from '../src/recovery/names.ts';
import { type Failed, failedWith, RunFailed } from './failed.ts';
import { takeUp } from './journal.ts';
import { look, onlyLooks } from './look.ts';
import { endedDrills, giveWay } from './precedence.ts';
import { calls, waits } from './proxies.ts';
import { recordOf, type RunRecord } from './record.ts';
import type { RunRef } from '../src/recovery/session.ts';
import { now } from './clock.ts';
import type { Run } from './run.ts';

/** How long pinning may wait for a Backup to come back; it judges that itself. */
const backupWaitMs = 6 * 60_000;

/** How long the clean-up of a drill may be waited for; the wait judges that itself. */
const drillEndMs = 30 * 60_000;

const noSearchAttributes = {
  severity: 'warn',
  reason: 'NoSearchAttributes',
  message:
    'the search attributes are not registered in this Temporal namespace: the run goes on without them, and queries by RekindleState do not find it',
} as const;

/** What nobody can settle by looking again: the run ends. */
const final = new Set(['PlanInvalid', 'RequestInvalid', 'SiteBusy', 'NotOurs']);

/** Planning and preflight are held and retried under this name. */
const preflightName = 'preflight';

/** Does something that a person may have to settle first; holds the run until they did. */
async function settled<T>(run: Run, act: (acceptBackup: string | undefined) => Promise<T>): Promise<T> {
  let acceptBackup = run.known.request.acceptBackup;
  for (;;) {
    const failed = await attempt(() => act(acceptBackup));
    if ('value' in failed) return failed.value;
    const { reason, message, type } = failed.failed;
    if (type && final.has(type)) throw new RunFailed(failed.failed);
    if (run.known.request.onFailure === 'abort')
      throw new RunFailed({ ...failed.failed, message: `${run.within}: ${message}` });
    const decision = await run.hold({ step: preflightName, since: now(), reason, message });
    acceptBackup = decision.acceptBackup ?? acceptBackup;
  }
}

async function attempt<T>(act: () => Promise<T>): Promise<{ readonly value: T } | { readonly failed: Failed }> {
  try {
    return { value: await act() };
  } catch (error) {
    return { failed: failedWith(error) };
  }
}

/** validate → pin → lock and ledger → preflight: after this the run may act. A run that only looks ends with what it saw. */
export async function plan(run: Run, input: unknown, mode?: 'drill'): Promise<LookedOnly | undefined> {
  const { namespace, workflowId, firstExecutionRunId } = workflowInfo();
  const chain = { namespace, workflowId, firstRunId: firstExecutionRunId };
  const loaded = await load(run, { input: input ?? null, chain, ...(mode ? { mode } : {}) });
  if (onlyLooks(loaded)) return look(run, loaded, mode);
  run.record = recordOf(loaded, run.beginning.startedAt, 'planning', run.crashesBefore);
  if (!loaded.searchAttributes) run.known.findings.push(noSearchAttributes);
  run.show();
  const { known } = run;
  const context = loaded.resumed?.context ?? known.plan.cluster;
  const pinned = await settled(run, async (acceptBackup) => {
    const resumed = loaded.resumed ? { resumed: loaded.resumed.run } : {};
    const accept = acceptBackup ? { acceptBackup } : {};
    const answer = await waits(backupWaitMs).pinRecovery({
      cluster: context,
      plan: known.plan,
      request: known.request,
      since: now(),
      ...accept,
      ...resumed,
    });
    return run.take(answer);
  });
  if (pinned.backup) known.backup = pinned.backup;
  const cleansUp = known.request.drill?.cleanUp !== undefined;
  if (!cleansUp) await precede(run, context);
  const bound = await lock(run, loaded, ledgerRunOf(known, pinned.cluster, pinned.backup), chain);
  // What an earlier drill has left is removed whatever a restore would need.
  if (cleansUp) return undefined;
  run.enter('preflight');
  const resumed = loaded.resumed !== undefined;
  const findings = await settled(run, async () => run.take(await calls.preflight({ run: bound, resumed })));
  known.findings.push(...findings);
  return undefined;
}

/** A recovery goes before its drills, whose clean-up is waited for where it is in the way; a drill gives way. */
async function precede(run: Run, cluster: string): Promise<void> {
  const { known } = run;
  if (known.plan.drillOf !== undefined) {
    await giveWay(run);
    return;
  }
  // Histories of before have no such look.
  if (!patched('2026-11-drills-yield')) return;
  const { site } = known.plan;
  const ended = await settled(run, async () => {
    const since = now();
    return run.take(await waits(drillEndMs).yieldDrills({ site, cluster, since }));
  });
  known.findings.push(...endedDrills(ended));
}

/** Takes the lock and, with it, what an earlier run of this recovery has left in the ledger. */
async function lock(run: Run, loaded: Loaded, ledgerRun: LedgerRun, chain: Chain): Promise<RunRef> {
  const { known } = run;
  const ref = { recovery: known.recovery, site: known.plan.site, cluster: ledgerRun.cluster, chain };
  known.sought = ref;
  const takeOver = known.request.takeOver ?? false;
  const locked = await settled(run, async () => {
    const { planText } = loaded;
    const { decisions, begunAt } = known;
    const begun = begunAt ? { begunAt } : {};
    return run.take(await calls.lockSite({ run: ledgerRun, chain, takeOver, planText, decisions, ...begun }));
  });
  known.run = ref;
  if (locked.tookOver)
    known.findings.push({ severity: 'info', reason: 'TookOver', message: `took over ${locked.tookOver}` });
  takeUp(known, locked);
  return ref;
}

async function load(run: Run, input: LoadInput): Promise<Loaded> {
  const loaded = await attempt(async () => run.take(await calls.loadPlan(input)));
  if ('value' in loaded) return loaded.value;
  throw new RunFailed(loaded.failed);
}

function ledgerRunOf(known: RunRecord, cluster: LedgerRun['cluster'], backup: PinnedBackup | undefined): LedgerRun {
  const { namespace, workflowId, runId } = workflowInfo();
  return {
    recovery: known.recovery,
    site: known.plan.site,
    plan: known.plan.name,
    planSha256: known.planSha256,
    cluster,
    ...(backup ? { backup } : {}),
    startedAt: known.startedAt,
    disasterAt: known.disasterAt,
    disasterAtIs: known.disasterAtIs,
    workflow: { namespace, workflowId, runId },
    ...(known.plan.drillOf === undefined ? {} : { mode: 'drill' }),
    ...(known.request.intoLiveSite ? { intoLiveSite: known.request.intoLiveSite } : {}),
  };
}
