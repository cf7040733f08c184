import { drivers } from '../src/drivers/registry.ts';
import { language } from '../src/language.ts';
import type { Json } from '../src/model/json.ts';
import { forHistory } from '../src/model/redact.ts';
import type { FindingReport } from '../src/model/report.ts';
import { loadPlanByName } from '../src/plan/load.ts';
import { writeStep } from '../src/recovery/ledger.ts';
import { type RunRef, Session, type StepRef } from '../src/recovery/session.ts';
import { setAside } from '../src/recovery/set-aside.ts';
import { acting } from './acting.ts';
import type { Shared } from './deps.ts';

export interface PlanFileInput {
  readonly plan: string;
  /** Of the copy that the run carries. */
  readonly planSha256: string;
}

export interface SetAsideInput extends StepRef {
  readonly run: RunRef;
  readonly handle: Json;
}

export interface StopInput extends StepRef {
  readonly run: RunRef;
  /** Absent in what was asked for by versions that stopped only to undo. */
  readonly undo?: boolean;
}

/** Lines that a history holds of one step. */
const listed = 20;

const nowhere = () => ({});
const placeOf = ({ tier, step }: StepRef) => ({ tier, step });
const lines = (texts: readonly string[]) => texts.slice(0, listed).map((text) => forHistory(text, 300));

/** The acts that follow on what a person decides. */
export function controlActivities(deps: Shared) {
  return {
    /** Whether the plan's file is still as the run carries it; undefined where it is. */
    lookAtPlanFile: acting(
      deps,
      'the plan file',
      nowhere,
      async ({ plan, planSha256 }: PlanFileInput): Promise<FindingReport | undefined> => {
        const now = await loadPlanByName(plan, deps.plansFolder, language);
        if ('sha256' in now && now.sha256 === planSha256) return undefined;
        const how = 'sha256' in now ? 'has changed' : 'is gone, or is no valid plan any more,';
        const message = `the file of plan ${plan} ${how} since this run began; the run goes on by its own copy (sha256 ${planSha256.slice(0, 12)}…)`;
        return { severity: 'warn', reason: 'PlanFileChanged', message };
      },
    ),

    /** Takes claims that were there before out of the way, keeping their volumes. */
    setAside: acting(
      deps,
      'what is set aside',
      placeOf,
      async (input: SetAsideInput, beat): Promise<{ readonly done: readonly string[] }> => {
        const session = await Session.open(deps, input.run, beat.signal);
        return { done: lines(await setAside(session, input, input.handle, beat.say)) };
      },
    ),

    /** Stops what an engine still does for a step; says what goes on all the same. Its name is that of older histories. */
    undoStage: acting(
      deps,
      'the stop',
      placeOf,
      async (input: StopInput, beat): Promise<{ readonly left: readonly string[] }> => {
        const session = await Session.open(deps, input.run, beat.signal);
        const { step } = session.step(input.step);
        const how = { undo: input.undo ?? true };
        const stopped = await drivers[step.driver].stop?.(session.driverContext(input), step.spec, how);
        if (stopped?.startsAgain) await forgetEnd(session, input);
        return { left: lines(stopped?.left ?? []) };
      },
    ),
  };
}

/** What had ended well and was stopped all the same is started again by a later run: its evidence does not hold any more. */
async function forgetEnd(session: Session, { run, step }: StopInput): Promise<void> {
  const entry = session.ledger.steps[step];
  if (entry?.endedWell === undefined) return;
  const { endedWell: _, ...begun } = entry;
  await writeStep(session.kube, run.recovery, step, begun, session.signal);
}
