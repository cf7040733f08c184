import type { BackupItem } from '../../model/backup.ts';
import { type Plan, stepsOf } from '../../model/plan.ts';
import type { FindingReport } from '../../model/report.ts';
import { groupOf } from '../../model/verdict.ts';
import { itemText, mounts } from '../mapped.ts';
import { type Assigned, type Family, few, groupedBy, type Place, restoredOf, type Survey, warn } from '../survey.ts';

/**
 * Claims that come after what makes them: an operator or a StatefulSet that finds no claim makes an empty one, is healthy,
 * and the volume of the Backup finds its place taken.
 */
export const order: Family = { name: 'order', judge };

function judge(survey: Survey): readonly FindingReport[] {
  const restored = restoredOf(survey);
  const claims = restored.filter(({ item }) => item.resource === 'persistentvolumeclaims');
  const tooLate = claims.flatMap((claim) => {
    const [place] = claim.places;
    const maker = restored.find(
      (other) => makes(other.item, claim.item) && isBefore(survey.plan, other.places[0], place),
    );
    return maker && place ? [{ claim, maker, step: place.step }] : [];
  });
  return Array.from(
    groupedBy(tooLate, ({ step }) => step),
    ([step, list]) => finding(step, list),
  );
}

interface TooLate {
  readonly claim: Assigned;
  readonly maker: Assigned;
}

function finding(step: string, list: readonly TooLate[]): FindingReport {
  const texts = list.map(
    ({ claim, maker }) => `${itemText(claim.item)} after ${itemText(maker.item)} (step ${maker.places[0]?.step ?? ''})`,
  );
  return warn(
    'ClaimAfterOwner',
    `step ${step} restores ${few(texts)}: what comes first makes an empty claim of that name and is healthy with it, and the data of the Backup finds its place taken; restore the claims first, in tier storage`,
    { step },
  );
}

/** Whether an object would make a claim anew: it owned it in the Backup, or has a template of that name. */
function makes(item: BackupItem, claim: BackupItem): boolean {
  if (item.namespace !== claim.namespace) return false;
  const { controller } = claim;
  const owned =
    controller?.kind === item.kind &&
    controller.name === item.name &&
    groupOf(controller.apiVersion) === groupOf(item.apiVersion);
  return owned || (item.facts?.claimTemplates !== undefined && mounts(item, claim.name));
}

/** Whether one step has ended before another begins: by its tier, or by dependsOn. */
function isBefore(plan: Plan, first: Place | undefined, then: Place | undefined): boolean {
  if (!first || !then || first.step === then.step) return false;
  return first.order < then.order || (first.order === then.order && dependsOn(plan, then.step, first.step, new Set()));
}

function dependsOn(plan: Plan, step: string, wanted: string, seen: Set<string>): boolean {
  if (seen.has(step)) return false;
  seen.add(step);
  const found = Array.from(stepsOf(plan), (one) => one.step).find(({ name }) => name === step);
  return (found?.dependsOn ?? []).some((name) => name === wanted || dependsOn(plan, name, wanted, seen));
}
