import type { FindingReport } from '../../model/report.ts';
import { itemText } from '../mapped.ts';
import { type Assigned, block, type Family, few, groupedBy, type Survey, warn } from '../survey.ts';

/** Whether each object of the Backup has exactly one step, and nothing in its way. */
export const objects: Family = {
  name: 'objects',
  judge: (survey) => [...inTheWay(survey), ...twice(survey), ...leftOver(survey)],
};

/** Steps that are named one by one; a site that is still there has something in the way of each. */
const mostSteps = 3;

/**
 * The step would be held by it as ExistingObject: better to know before the site is half restored. A run that goes on finds
 * its own there, some of it half restored: that is for the steps to judge.
 */
function inTheWay(survey: Survey): FindingReport[] {
  if (survey.resumed) return [];
  const found = survey.objects.filter(({ fate }) => fate === 'inTheWay');
  const bySteps = groupedBy(found, ({ places }) => places[0]?.step ?? '');
  const make = survey.intoLiveSite ? warn : block;
  const what = (list: readonly Assigned[]): string =>
    `${count(list.length, 'object')} of the Backup ${list.length === 1 ? 'is' : 'are'} there already and not by this recovery: ${namesOf(list)}; remove what is in the way, list it under spec.ignore, or take it out of the filter`;
  if (bySteps.size > mostSteps)
    return [make('ExistingObject', `steps ${few([...bySteps.keys()])} would be held: ${what(found)}`)];
  return Array.from(bySteps, ([step, list]) =>
    make('ExistingObject', `step ${step} would be held: ${what(list)}`, {
      step,
      ...(list.length === 1 && list[0] ? { object: itemText(list[0].item) } : {}),
    }),
  );
}

/** The second step finds it there, made by the first: no harm, but mostly not what was meant. */
function twice(survey: Survey): FindingReport[] {
  // Velero makes a Namespace with the first object in it, whichever step that is.
  const found = survey.objects.filter(
    ({ item, places, fate }) => places.length > 1 && fate === 'restored' && item.resource !== 'namespaces',
  );
  const byPair = groupedBy(found, ({ places }) => places.map(({ step }) => step).join(' and '));
  return Array.from(byPair, ([steps, list]) =>
    warn(
      'TwoSteps',
      `${count(list.length, 'object')} would be restored by the first of the steps ${steps}, and found there by the others: ${namesOf(list)}; narrow a filter so that each object has one step`,
    ),
  );
}

function leftOver(survey: Survey): FindingReport[] {
  const found = survey.objects.filter(({ fate }) => fate === 'leftOver');
  if (found.length === 0) return [];
  const kinds = Array.from(
    groupedBy(found, ({ item }) => item.kind),
    ([kind, list]) => `${list.length} ${kind}`,
  );
  return [
    warn(
      'LeftOver',
      `no step restores ${count(found.length, 'object')} of the Backup (${few(kinds)}): ${namesOf(found)}; add a step, or list what need not come back under spec.ignore: else the run ends with exceptions`,
    ),
  ];
}

function namesOf(list: readonly Assigned[]): string {
  return few(list.map(({ item }) => itemText(item)));
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
