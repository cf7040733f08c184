import type { FindingReport } from '../../model/report.ts';
import { tierNames } from '../../model/tiers.ts';
import { itemText } from '../mapped.ts';
import { type Assigned, type Family, few, groupedBy, restoredOf, warn } from '../survey.ts';

/** Services that take traffic from outside before the tier that is there for it. */
export const traffic: Family = {
  name: 'traffic',
  judge: (survey) => {
    const early = restoredOf(survey).filter(
      ({ item, places }) =>
        item.facts?.serviceType !== undefined && (places[0]?.order ?? 0) < tierNames.indexOf('ingress'),
    );
    return Array.from(
      groupedBy(early, ({ places }) => places[0]?.step ?? ''),
      finding,
    );
  },
};

function finding([step, list]: readonly [string, readonly Assigned[]]): FindingReport {
  const names = few(list.map(({ item }) => `${itemText(item)} (${item.facts?.serviceType ?? ''})`));
  return warn(
    'TrafficEarly',
    `step ${step} of tier ${list[0]?.places[0]?.tier ?? ''} restores ${names}, which takes traffic from outside before everything behind it is proven; restore it in tier ingress`,
    { step, ...(list.length === 1 && list[0] ? { object: itemText(list[0].item) } : {}) },
  );
}
