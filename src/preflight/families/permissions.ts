import type { Need } from '../../kube/needs.ts';
import type { FindingReport } from '../../model/report.ts';
import type { ActName, ActNeed } from '../act-needs.ts';
import { block, type Family, few, groupedBy, type Survey, warn } from '../survey.ts';

/** What the run will do and this login may not, and what therefore was not looked at. */
export const permissions: Family = {
  name: 'permissions',
  judge: (survey) => [...denied(survey), ...deniedActs(survey), ...lessKnown(survey), ...notLookedAt(survey)],
};

/** Whose login was asked. */
function whose({ byPerson, context }: Survey): string {
  return byPerson ? `your login (context ${context})` : 'this login';
}

/** Holds a run, whose login is the worker's. */
function denied(survey: Survey): FindingReport[] {
  const lacking = survey.live.denied.filter(({ act, vital }) => !act && vital);
  if (lacking.length === 0) return [];
  const advice = 'grant it to the worker (docs/runbook.md lists what it needs)';
  return [holding(survey, `may not do what a run needs: ${textOf(lacking)}`, advice)];
}

/** A person's login says nothing of the worker's. */
function holding(survey: Survey, text: string, advice: string): FindingReport {
  const said = `${whose(survey)} ${text}`;
  return survey.byPerson
    ? warn(
        'PermissionDenied',
        `${said}; a run has the worker's login, which was not asked: if it lacks them too, ${advice}`,
      )
    : block('PermissionDenied', `${said}; ${advice}`);
}

interface ActWords {
  readonly act: ActName;
  readonly needs: string;
  readonly advice: string;
  /** Only a person's decision, or the failure of a run, comes to it. */
  readonly byDecision?: true;
}

const optional = 'deploy/worker-rbac-optional.yaml has the rules';

const acts: readonly ActWords[] = [
  {
    act: 'cleanUp',
    needs: 'the clean-up of a drill needs, and a drill that could not be cleaned up does not begin',
    advice: "apply deploy/worker-rbac-drill.yaml in the drill's cluster, and in no other",
  },
  { act: 'quiesce', needs: 'quiesce needs', advice: `grant it to the worker: ${optional}` },
  {
    act: 'stop',
    needs: 'stopping the engines of an aborted or failed run would need',
    advice: optional,
    byDecision: true,
  },
  { act: 'setAside', needs: 'retryStep with "mode": "setAside" would need', advice: optional, byDecision: true },
];

/** Where a run comes to an act for sure it is held; what a person may decide later is said now, and does not hold it. */
function deniedActs(survey: Survey): FindingReport[] {
  return acts.flatMap(({ act, needs, advice, byDecision }) => {
    const lacking: readonly ActNeed[] = survey.live.denied.filter((need) => need.act === act);
    if (lacking.length === 0) return [];
    const vital = lacking.filter((need) => need.vital);
    if (vital.length > 0) return [holding(survey, `may not do what ${needs}: ${textOf(vital)}`, advice)];
    const text = `${whose(survey)} may not do what ${needs}: ${textOf(lacking)}`;
    const message = `${text}; the run goes on without, and is refused there; ${advice}`;
    // These may lack on purpose: nothing to be warned of each time.
    return [
      byDecision ? { severity: 'info', reason: 'RightsForDecisions', message } : warn('PermissionMissing', message),
    ];
  });
}

function lessKnown(survey: Survey): FindingReport[] {
  const lacking = survey.live.denied.filter(({ act, vital }) => !act && !vital);
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
