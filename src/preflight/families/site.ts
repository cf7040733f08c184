import type { KubeObject } from '../../kube/types.ts';
import { quantityOf, bytesText } from '../../kube/quantity.ts';
import { valueAt } from '../../kube/read.ts';
import { labelKeys } from '../../model/labels.ts';
import type { FindingReport } from '../../model/report.ts';
import { refText } from '../../model/verdict.ts';
import { textAt } from '../../velero/fields.ts';
import { block, type Family, few, type Survey, warn } from '../survey.ts';

/** What is in the site's namespaces already: a namespace that ends, a site that still runs, claims with data. */
export const site: Family = {
  name: 'site',
  judge: (survey) => [...terminating(survey), ...existed(survey), ...liveSite(survey), ...claimsWithData(survey)],
};

function terminating({ live, plan, context }: Survey): FindingReport[] {
  return live.namespaces
    .filter(({ metadata }) => metadata.deletionTimestamp && plan.namespaces.includes(metadata.name))
    .map(({ metadata: { name } }) =>
      block(
        'NamespaceTerminating',
        `Namespace ${name} is Terminating in cluster ${context}: nothing can be restored into it; find what holds it (kubectl get namespace ${name} -o yaml, its conditions), then retry preflight`,
        { object: `Namespace ${name}` },
      ),
    );
}

/** A drill removes no namespace that was there before it: what controllers make in such a one by themselves stays. */
function existed({ live, plan, context, resumed }: Survey): FindingReport[] {
  if (plan.drillOf === undefined || resumed) return [];
  const names = live.namespaces
    .filter(({ metadata }) => !metadata.deletionTimestamp && plan.namespaces.includes(metadata.name))
    .map(({ metadata }) => metadata.name);
  if (names.length === 0) return [];
  return [
    warn(
      'NamespaceExisted',
      `${few(names)} in cluster ${context} were there before the drill: their clean-up removes what the drill brought, neither them nor what controllers make in them; remove empty ones before a drill`,
    ),
  ];
}

/** What this recovery has made itself does not count. */
function foreign({ live, recovery, resumed }: Survey): readonly KubeObject[] {
  if (resumed) return [];
  return live.siteObjects.filter(({ metadata }) => metadata.labels?.[labelKeys.recovery] !== recovery);
}

function liveSite(survey: Survey): FindingReport[] {
  const found = foreign(survey);
  if (found.length === 0) return [];
  const { context, plan, intoLiveSite } = survey;
  const names = found.map((object) => refText({ kind: object.kind, ...object.metadata }));
  const what = `the site is still there in cluster ${context}: ${few(names)}`;
  if (plan.drillOf !== undefined)
    return [block('LiveSite', `${what}; a drill needs its place empty: remove that, or name another drill.cluster`)];
  if (intoLiveSite) return [warn('LiveSite', `${what}; the request allowed it`)];
  return [block('LiveSite', `${what}; to restore into it all the same start with "intoLiveSite": "${plan.cluster}"`)];
}

/** A Bound claim keeps the data that it has, whatever Velero says. */
function claimsWithData(survey: Survey): FindingReport[] {
  const bound = foreign(survey).filter(
    (object) => object.kind === 'PersistentVolumeClaim' && textAt(object, 'status', 'phase') === 'Bound',
  );
  if (bound.length === 0) return [];
  const names = bound.map((claim) => {
    const size = quantityOf(valueAt(claim, 'status', 'capacity', 'storage'));
    return `${claim.metadata.namespace ?? ''}/${claim.metadata.name}${size === undefined ? '' : ` (${bytesText(size)})`}`;
  });
  const message = `${bound.length} claims of the site are Bound to volumes with data: ${few(names)}; Velero skips a claim that is there and its old data stays: save what is needed and delete the claims, or leave the step that restores them out`;
  return [survey.intoLiveSite ? warn('ClaimWithData', message) : block('ClaimWithData', message)];
}
