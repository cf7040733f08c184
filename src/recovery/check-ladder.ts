import { checks } from '../health/checks/registry.ts';
import type { KubeClient } from '../kube/types.ts';
import type { Check } from '../model/plan.ts';
import { forHistory } from '../model/redact.ts';
import type { CheckReport } from '../model/report.ts';
import { healthy, type Verdict } from '../model/verdict.ts';
import type { Session } from './session.ts';

/** One check, one attempt, within its own time limit; what goes wrong is a verdict. */
async function tryCheck(session: Session, kube: KubeClient, check: Check): Promise<Verdict> {
  if (session.isDrill && check.type === 'dnsResolves')
    return healthy('NotAskedInDrill', 'a drill writes no DNS, so its names still lead to the live site: not asked');
  const limit = AbortSignal.timeout(check.attemptTimeoutMs);
  const signal = AbortSignal.any([session.signal, limit]);
  const context = {
    kube,
    plan: session.plan,
    namespace: session.plan.namespaces[0] ?? 'default',
    signal,
    attemptTimeoutMs: check.attemptTimeoutMs,
  };
  try {
    return await checks[check.type].observe(context, check.spec as never);
  } catch (error) {
    session.signal.throwIfAborted();
    if (limit.aborted)
      return {
        verdict: 'Unknown',
        reason: 'AttemptTimeout',
        message: `no answer within ${check.attemptTimeoutMs / 1000} s`,
      };
    return {
      verdict: 'Unknown',
      reason: 'CheckError',
      message: error instanceof Error ? error.message : String(error),
    };
  }
}

function reported(check: Check, seen: Verdict): CheckReport {
  const observed = forHistory([seen.reason, seen.message].filter(Boolean).join(': '), 300);
  return { name: check.name, verdict: seen.verdict, observed, ...(check.asserts ? { asserts: check.asserts } : {}) };
}

/** A check's last look. */
interface Tried {
  readonly at: number;
  readonly seen: Verdict;
  /** All that it asked is watched: looking again costs nothing. */
  readonly isWatched: boolean;
}

/** Looks at checks in file order, each after the one before has passed; keeps each check's own budget and pace. */
export class CheckLadder {
  private readonly session: Session;
  private readonly list: readonly Check[];
  private readonly triedSince = new Map<string, number>();
  private readonly last = new Map<string, Tried>();

  constructor(session: Session, list: readonly Check[]) {
    this.session = session;
    this.list = list;
  }

  async look(fresh: boolean): Promise<{
    readonly reports: readonly CheckReport[];
    readonly waitsFor?: string;
    readonly overdue: boolean;
    readonly dueInMs: number;
  }> {
    const reports: CheckReport[] = [];
    for (const [index, check] of this.list.entries()) {
      const seen = await this.lookAt(check, fresh);
      reports.push(reported(check, seen));
      if (seen.verdict === 'Healthy') continue;
      this.notReached(index + 1);
      const since = this.triedSince.get(check.name) ?? Date.now();
      const waitsFor = `check ${check.name}: ${seen.message || seen.reason}`;
      const overdue = Date.now() - since >= check.timeoutMs;
      return { reports, waitsFor, overdue, dueInMs: this.dueInMs(reports.length) };
    }
    return { reports, overdue: false, dueInMs: this.dueInMs(reports.length) };
  }

  /** Nobody looked at these checks, for what comes before them does not pass: that time is not theirs. */
  notReached(from = 0): void {
    for (const check of this.list.slice(from)) this.triedSince.delete(check.name);
  }

  /** Of the checks that were reached only: the others' next try waits for them. */
  private dueInMs(reached: number): number {
    const due = this.list.slice(0, reached).flatMap((check) => {
      const last = this.last.get(check.name);
      return last && !last.isWatched ? [last.at + check.everyMs - Date.now()] : [];
    });
    return Math.min(Infinity, ...due);
  }

  private async lookAt(check: Check, fresh: boolean): Promise<Verdict> {
    const before = this.last.get(check.name);
    if (before && !fresh && !before.isWatched && Date.now() - before.at < check.everyMs) return before.seen;
    if (!this.triedSince.has(check.name)) this.triedSince.set(check.name, Date.now());
    const { kube, watched } = this.session;
    const directBefore = watched.direct;
    const seen = await tryCheck(this.session, fresh ? kube : watched.kube, check);
    if (seen.verdict === 'Healthy') this.triedSince.delete(check.name);
    const isWatched = checks[check.type].objectsOnly === true && watched.direct === directBefore;
    this.last.set(check.name, { at: Date.now(), seen, isWatched });
    return seen;
  }
}
