import { drilledPlan } from '../src/model/drill.ts';
import type { Plan } from '../src/model/plan.ts';
import type { RecoverRequest } from '../src/model/request.ts';
import { language } from '../src/language.ts';
import { issueText } from '../src/plan/language.ts';
import { parsePlan } from '../src/plan/parse.ts';
import { findLeftDrill } from '../src/recovery/find-left-drill.ts';
import { type LedgerRun, planHash } from '../src/recovery/ledger.ts';
import type { Beat } from './acting.ts';
import type { Shared } from './deps.ts';
import { failure } from './failure.ts';

/** A drill that was there before, as its ledger has it. */
export interface LeftDrill {
  readonly recovery: string;
  readonly plan: Plan;
  readonly planText: string;
  readonly planSha256: string;
  readonly resumed: { readonly run: LedgerRun; readonly context: string };
}

/** The drill whose remains a request is about; undefined where it asks for a drill. */
export async function leftDrillOf(deps: Shared, { drill }: RecoverRequest, beat: Beat): Promise<LeftDrill | undefined> {
  if (!drill?.cleanUp) return undefined;
  beat.say(`looks for the ledger of drill ${drill.cleanUp.of} in ${deps.clusters.contexts.join(', ')}`);
  const { ledger, context } = await findLeftDrill(deps.clusters, drill.cleanUp.of, beat.signal);
  const { run, planText } = ledger;
  const parsed = parsePlan(planText, `${run.plan}.yaml`, language);
  if ('issues' in parsed)
    throw failure(
      'PlanInvalid',
      `the plan in the ledger of drill ${run.recovery} is not understood by this version: ${parsed.issues.slice(0, 1).map(issueText).join('')}`,
    );
  const plan = drilledPlan(parsed.plan);
  if (!plan) throw failure('PlanInvalid', `the plan in the ledger of drill ${run.recovery} has no section drill`);
  return { recovery: run.recovery, plan, planText, planSha256: planHash(planText), resumed: { run, context } };
}
