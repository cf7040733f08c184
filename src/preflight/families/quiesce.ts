import { refText } from '../../model/verdict.ts';
import type { FindingReport } from '../../model/report.ts';
import { comingOf } from '../quiescing.ts';
import { block, type Family, type Survey, warn } from '../survey.ts';

/** What the plan stops: whether another recovery has it, whether it can be stopped, whether it is there at all. */
export const quiesce: Family = {
  name: 'quiesce',
  judge: (survey) => [...conflicts(survey), ...kept(survey), ...missing(survey)],
};

function conflicts(survey: Survey): FindingReport[] {
  const there = (survey.live.quiesce ?? []).flatMap(({ ref, found }): FindingReport[] => {
    const what = refText(ref);
    if (found.state === 'foreign')
      return [
        block(
          'QuiescedByAnother',
          `${what} is quiesced by recovery ${found.by}, which has not put it back; let that one end, or put it back (\`rekindle put-back SITE\`), then retry`,
          { object: what },
        ),
      ];
    return found.state === 'refused' ? [refusal(what, found.why)] : [];
  });
  const coming = comingOf(survey).flatMap(({ ref, facts }) =>
    facts.refused === undefined ? [] : [refusal(refText(ref), facts.refused)],
  );
  return [...there, ...coming];
}

function refusal(object: string, why: string): FindingReport {
  return block('NotQuiescable', `${object} cannot be quiesced: it ${why}; take it out of the plan's quiesce`, {
    object,
  });
}

/** Whoever made it takes the change back within minutes. */
function kept({ live }: Survey): FindingReport[] {
  return (live.quiesce ?? []).flatMap(({ ref, keeper, found }) =>
    keeper === undefined || found.state !== 'quiesced'
      ? []
      : [
          warn(
            'QuiesceReverted',
            `${refText(ref)} is made by ${keeper}, which writes its sync policy anew: let it ignore that field (spec.ignoreApplicationDifferences), or automated sync comes back during the run`,
            { object: refText(ref) },
          ),
        ],
  );
}

/** Named, and neither there nor brought by a step: a name that is wrong stops nothing, and nobody would know. */
function missing(survey: Survey): FindingReport[] {
  const coming = comingOf(survey);
  return (survey.plan.quiesce ?? []).flatMap((target, order): FindingReport[] => {
    if (target.optional) return [];
    const seen = [...(survey.live.quiesce ?? []), ...coming].filter((one) => one.order === order);
    const where = target.namespaces.join(', ');
    return (target.names ?? [])
      .filter((name) => !seen.some(({ ref }) => ref.name === name))
      .map((name) =>
        warn(
          'QuiesceTargetMissing',
          `${target.kind} ${name} of the plan's quiesce is not in ${where}, and no step brings it: nothing is stopped; correct the name, or write optional: true`,
          { object: `${target.kind} ${name}` },
        ),
      );
  });
}
