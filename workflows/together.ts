import type { GateOutcome } from '../activities/gates.ts';
import { phaseOf } from '../src/model/tiers.ts';
import { stepsOf, togetherBudgetMs } from '../src/model/plan.ts';
import { type Failed, failedWith, RunFailed } from './failed.ts';
import { waits } from './proxies.ts';
import { now } from './clock.ts';
import type { Run } from './run.ts';
import { allOf } from './all-of.ts';
import { runStep } from './step.ts';

/** The name under which the site's own checks are held and retried. */
const verifyName = 'verify';

type Scope = 'phase one' | 'site';

/** Looks at the gates of many steps at the same time; they count when they hold together. */
async function lookTogether(run: Run, scope: Scope): Promise<GateOutcome> {
  const { known } = run;
  const since = now();
  const done = Object.values(known.steps).filter(
    (step) => step.state !== 'skipped' && (scope === 'site' || phaseOf(step.tier) === 'one'),
  );
  const steps = done.map(({ tier, name, generation, attempt, handle }) => ({
    tier,
    step: name,
    generation,
    attempt,
    handle: handle ?? null,
  }));
  const budgetMs = togetherBudgetMs(known.plan);
  if (!known.run) throw new Error('gates before the lock');
  const outcome = run.take(
    await waits(budgetMs, `all gates of ${scope} together`).awaitTogether({ run: known.run, steps, since, scope }),
  );
  run.spend('engine', since, outcome.passed ? outcome.passedAt : now());
  if (outcome.passed) run.spend('settle', outcome.passedAt, outcome.heldAt);
  return outcome;
}

async function lookOrFail(run: Run, scope: Scope): Promise<GateOutcome> {
  try {
    return await lookTogether(run, scope);
  } catch (error) {
    const { reason, message } = failedWith(error);
    return { passed: false, reason, message, failing: [], checks: [], objects: 0 };
  }
}

/** Holds what failed: the steps themselves, which are then gone through again, or the look as a whole. */
async function settle(run: Run, outcome: Extract<GateOutcome, { passed: false }>, fallback: string): Promise<void> {
  const failed: Failed = { reason: outcome.reason, message: outcome.message };
  if (run.known.request.onFailure === 'abort')
    throw new RunFailed({ ...failed, message: `${fallback}: ${failed.message}` });
  const steps = Array.from(stepsOf(run.known.plan)).filter(({ step }) => outcome.failing.includes(step.name));
  if (steps.length === 0 || outcome.failing.includes(verifyName)) {
    await run.hold({ step: fallback, since: now(), ...failed });
    return;
  }
  const alone = <T>(work: () => Promise<T>) => work();
  await allOf(
    run,
    steps.map(({ step }) => runStep(run, step, alone, { ...failed, retry: 'wait' })),
  );
}

/** What passed a later look only because the plan accepts it, beside what its own gate had said already. */
function accept(run: Run, exceptions: readonly string[]): void {
  const { known } = run;
  const said = new Set([...known.exceptions, ...Object.values(known.steps).flatMap((step) => step.exceptions)]);
  known.exceptions.push(...exceptions.filter((line) => !said.has(line)));
}

/** Every gate of phase one once more, together: a database may have fallen while the queues came up. */
export async function gatePhaseOneTogether(run: Run): Promise<void> {
  run.enter('phase-one-gate');
  for (;;) {
    const outcome = await lookOrFail(run, 'phase one');
    if (outcome.passed) {
      accept(run, outcome.exceptions);
      return;
    }
    await settle(run, outcome, 'phase-one-gate');
  }
}

/** The whole site at the end: every gate with nothing owed any more, and the plan's own `verify`. */
export async function verifySite(run: Run): Promise<void> {
  for (;;) {
    const outcome = await lookOrFail(run, 'site');
    if (outcome.passed) {
      accept(run, outcome.exceptions);
      run.known.verify = outcome.checks;
      run.known.verifiedAt = outcome.heldAt;
      return;
    }
    await settle(run, outcome, verifyName);
  }
}
