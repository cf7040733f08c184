import type { Need } from '../../kube/needs.ts';
import type { FindingReport } from '../../model/report.ts';
import { block, type Family, few, groupedBy, type Survey, warn } from '../survey.ts';

/** What the run will do and this login may not, and what therefore was not looked at. */
export const permissions: Family = {
  name: 'permissions',
  judge: (survey) => [...denied(survey), ...lessKnown(survey), ...notLookedAt(survey)],
};

/** Whose login was asked. */
function whose({ byPerson, context }: Survey): string {
  return byPerson ? `your login (context ${context})` : 'this login';
}

/** Holds a run, whose login is the worker's. */
function denied(survey: Survey): FindingReport[] {
  const lacking = survey.live.denied.filter(({ vital }) => vital);
  if (lacking.length === 0) return [];
  const text = `${whose(survey)} may not do what a run needs: ${textOf(lacking)}`;
  const advice = 'grant it to the worker (docs/runbook.md lists what it needs)';
  if (survey.byPerson)
    return [
      warn(
        'PermissionDenied',
        `${text}; a run has the worker's login, which was not asked: if it lacks them too, ${advice}`,
      ),
    ];
  return [block('PermissionDenied', `${text}; ${advice}`)];
}

function lessKnown(survey: Survey): FindingReport[] {
  const lacking = survey.live.denied.filter(({ vital }) => !vital);
  if (lacking.length === 0) return [];
  return [
    warn(
      'PermissionMissing',
      `${whose(survey)} may not ${textOf(lacking)}: a run does without, but learns later of changes and says less of what is wrong; docs/runbook.md lists what a worker may do`,
    ),
  ];
}

function textOf(needs: readonly Need[]): string {
  const places = groupedBy(
    needs,
    ({ group, resource, namespace, name }) => `${resource} ${group} ${namespace ?? ''} ${name ?? ''}`,
  );
  const texts = Array.from(places.values(), (list) => {
    const [first] = list;
    const name = first?.group ? `${first.resource}.${first.group}` : (first?.resource ?? '');
    const where = first?.namespace ? ` in namespace ${first.namespace}` : ' in the whole cluster';
    return `${list.map(({ verb }) => verb).join(', ')} ${name}${first?.name ? ` ${first.name}` : ''}${where}`;
  });
  return few(texts, 8);
}

function notLookedAt(survey: Survey): FindingReport[] {
  const { unread } = survey.live;
  if (unread.length === 0) return [];
  return [
    warn(
      'NotLookedAt',
      `${whose(survey)} may not read ${few(unread, 8)}, so what depends on it was not judged; grant get and list to look at that too`,
    ),
  ];
}
