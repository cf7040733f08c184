/** Activities that touch nothing: they note what they were asked and answer as a test says. */
import type { Acted } from '../../activities/acting.ts';
import type { Activities } from '../../activities/index.ts';
import type { Seen } from '../../activities/looking.ts';
import { type Check, type Plan, type Step, stepsOf } from '../../src/model/plan.ts';
import { fates } from '../../src/model/preview.ts';
import { parseRequest } from '../../src/recovery/request.ts';
import { recoveryId } from '../../src/recovery/names.ts';
import { tierNames, type TierName } from '../../src/model/tiers.ts';
import { ApplicationFailure } from '@temporalio/common';

export const acted = <T>(value: T): Acted<T> => ({ value, crashes: [] });

/** A step that a fake restores. */
export function aStep(name: string, more: Partial<Step> = {}): Step {
  return { name, driver: 'velero', spec: {}, dependsOn: [], timeoutMs: 60_000, checks: [], ...more };
}

/** A check that asserts data. */
export const rowsAreBack: Check = {
  name: 'rows-are-back',
  type: 'exec',
  spec: { expect: { atLeast: 1 } },
  asserts: 'data',
  timeoutMs: 60_000,
  attemptTimeoutMs: 1000,
  everyMs: 100,
};

/** A plan with the steps that are given; all else small and quick. */
export function aPlan(tiers: Partial<Record<TierName, readonly Step[]>>, more: Partial<Plan> = {}): Plan {
  const all = Object.fromEntries(tierNames.map((tier) => [tier, tiers[tier] ?? []])) as unknown as Plan['tiers'];
  return {
    name: 'toy',
    site: 'toy',
    cluster: 'dr',
    namespaces: ['toy'],
    objectives: { rtoMs: 60_000, rpoMs: 86_400_000 },
    approval: { beforePhaseTwo: false },
    accept: [],
    ignore: [],
    verdicts: [],
    stableForMs: 10,
    degradedForMs: 300_000,
    parallelism: 8,
    tiers: all,
    verify: [],
    ...more,
  };
}

/** Eight steps, one a tier, the database with a data assertion. */
export function aFullPlan(more: Partial<Plan> = {}): Plan {
  const tiers = Object.fromEntries(
    tierNames.map((tier) => [tier, [aStep(`the-${tier}`, tier === 'databases' ? { checks: [rowsAreBack] } : {})]]),
  );
  return aPlan(tiers, more);
}

/** The fakes, and the calls that they got, in order: `startStage the-crds g1`. */
export interface Fakes {
  readonly calls: string[];
  readonly activities: Activities;
}

/** Fake activities over a plan; `changes` replaces single ones. */
export function fakeActivities(plan: Plan, changes: Partial<Activities> = {}): Fakes {
  const calls: string[] = [];
  const cluster = { context: plan.cluster, uid: 'uid-1' };
  const noted =
    <I, O>(name: string, words: (input: I) => string, act: (input: I) => Promise<O>) =>
    async (input: I): Promise<O> => {
      calls.push([name, words(input)].filter(Boolean).join(' '));
      return act(input);
    };
  const stepWords = (input: { step: string; generation: number; attempt: number }) =>
    `${input.step} g${input.generation}${input.attempt > 1 ? `-a${input.attempt}` : ''}`;
  const nothing = () => '';
  const at = () => new Date().toISOString();
  const passed = (checks: readonly Check[]) => ({
    passed: true as const,
    passedAt: at(),
    heldAt: at(),
    objects: 1,
    debts: [],
    exceptions: [],
    checks: checks.map((check) => ({
      name: check.name,
      verdict: 'Healthy' as const,
      observed: 'matched',
      ...(check.asserts ? { asserts: check.asserts } : {}),
    })),
  });
  const checksOf = (name: string) =>
    Object.values(plan.tiers)
      .flat()
      .find((step) => step.name === name)?.checks ?? [];
  const usual: Activities = {
    loadPlan: async ({ input, chain }) => {
      const request = requestOf(input);
      return acted({
        request,
        recovery: recoveryId(plan.site, chain),
        plan,
        planText: 'text',
        planSha256: 'sha',
        searchAttributes: true,
        stages: { velero: ['restore'], manifests: ['restore'] },
      });
    },
    lookAtPlan: async ({ planSha256 }) => acted(aLook(plan, planSha256)),
    pinRecovery: async () => acted({ cluster }),
    lockSite: async () => acted({ firstWriteAt: at(), steps: {}, earlier: [], firstDecision: 0 }),
    preflight: async () => acted([]),
    quiesceSite: async () => acted({ list: [], total: 0, left: 0 }),
    putBack: async () => acted({ list: [], total: 0, left: 0 }),
    startStage: async (input) => acted({ handle: { name: stepWords(input) } }),
    awaitStage: async () => acted({ state: 'succeeded', evidence: ['Completed'], notes: [] }),
    awaitGate: async ({ step }) => acted(passed(checksOf(step))),
    awaitTogether: async () => acted(passed(plan.verify)),
    readCaller: async () => acted({ identity: 'who@host' }),
    noteDecision: async ({ decision, updateId }) =>
      acted({ ...decision, ...(updateId === undefined ? {} : { identity: 'who@host' }) }),
    judgeCompleteness: async () =>
      acted({
        judged: true,
        backedUp: 1,
        created: 1,
        accepted: 0,
        derived: 0,
        platform: 0,
        excluded: 0,
        ignored: 0,
        missing: [],
        missingCut: 0,
      }),
    lookAtPlanFile: async () => acted(undefined),
    setAside: async ({ step }) => acted({ done: [`PersistentVolumeClaim toy/${step} was set aside`] }),
    undoStage: async () => acted({ left: ['nothing goes on'] }),
    releaseSite: async () => acted({ released: true }),
    yieldDrills: async () => acted([]),
    refuseWhileRecovering: async () => acted({}),
    judgeDns: async () => acted([]),
    cleanUpDrill: async () => acted({ clean: true, left: [], leftCut: 0, seconds: 1, notes: [] }),
  };
  const all = { ...usual, ...changes };
  return {
    calls,
    activities: {
      loadPlan: noted('loadPlan', nothing, all.loadPlan),
      lookAtPlan: noted('lookAtPlan', nothing, all.lookAtPlan),
      pinRecovery: noted('pinRecovery', ({ acceptBackup }) => acceptBackup ?? '', all.pinRecovery),
      lockSite: noted('lockSite', nothing, all.lockSite),
      preflight: noted('preflight', nothing, all.preflight),
      quiesceSite: noted('quiesceSite', nothing, all.quiesceSite),
      putBack: noted('putBack', nothing, all.putBack),
      startStage: noted('startStage', stepWords, all.startStage),
      awaitStage: noted('awaitStage', stepWords, all.awaitStage),
      awaitGate: noted('awaitGate', stepWords, all.awaitGate),
      awaitTogether: noted('awaitTogether', ({ scope }) => scope, all.awaitTogether),
      readCaller: noted('readCaller', nothing, all.readCaller),
      noteDecision: noted('noteDecision', ({ decision }) => decision.kind, all.noteDecision),
      judgeCompleteness: noted('judgeCompleteness', nothing, all.judgeCompleteness),
      lookAtPlanFile: noted('lookAtPlanFile', nothing, all.lookAtPlanFile),
      setAside: noted('setAside', stepWords, all.setAside),
      undoStage: noted('undoStage', stepWords, all.undoStage),
      releaseSite: noted('releaseSite', ({ outcome }) => outcome, all.releaseSite),
      yieldDrills: noted('yieldDrills', nothing, all.yieldDrills),
      refuseWhileRecovering: noted('refuseWhileRecovering', nothing, all.refuseWhileRecovering),
      judgeDns: noted('judgeDns', nothing, all.judgeDns),
      cleanUpDrill: noted('cleanUpDrill', nothing, all.cleanUpDrill),
    },
  };
}

/** What a look at a plan sees where nothing is in the way. */
function aLook(plan: Plan, planSha256: string): Seen {
  const none = Object.fromEntries(fates.map((fate) => [fate, 0])) as unknown as Seen['fates'];
  return {
    plan: plan.name,
    planSha256,
    site: plan.site,
    cluster: plan.cluster,
    lookedAt: new Date().toISOString(),
    verdict: 'clear',
    findings: [],
    findingsCut: 0,
    steps: [...stepsOf(plan)].map(({ tier, step }) => ({ tier, name: step.name, driver: step.driver, objects: 1 })),
    fates: { ...none, restored: 8 },
    written: 'nothing',
  };
}

function requestOf(input: unknown) {
  try {
    return parseRequest(input, new Date());
  } catch (error) {
    throw ApplicationFailure.nonRetryable(error instanceof Error ? error.message : String(error), 'RequestInvalid');
  }
}
