import { acts, looks, type Need } from '../kube/needs.ts';
import type { ApiResource } from '../kube/types.ts';
import type { BackupItem } from '../model/backup.ts';
import { isListedByCleanUp } from '../model/drill.ts';
import { type Plan, stepsOf } from '../model/plan.ts';
import { groupOf } from '../model/verdict.ts';
import { quiesceNeeds } from './quiescing.ts';
import type { Brought } from './survey.ts';

/** Where lock and ledger are. */
export const controlNamespace = 'rekindle-system';

/** What only some runs come to. The rights for each are in a file of their own under `deploy`. */
export type ActName = 'cleanUp' | 'quiesce' | 'stop' | 'setAside';

/** A need of every run, or of one act. */
export interface ActNeed extends Need {
  readonly act?: ActName;
}

/** What the needs of the acts depend on beside the plan. */
export interface ActInput {
  readonly plan: Plan;
  /** What steps take out of the Backup, where it lands. */
  readonly taken: readonly BackupItem[];
  readonly brought: readonly Brought[];
  /** The plurals of what is brought, by `apiVersion kind`. */
  readonly plurals: ReadonlyMap<string, string>;
  /** Of a drill: everything that its cluster serves. */
  readonly served?: readonly ApiResource[];
}

/** What each act takes that not every run comes to: the one list for preflight and for the test of the files under `deploy`. Pure. */
export function actNeeds(input: ActInput): readonly ActNeed[] {
  const { plan } = input;
  const decided = [...of('stop', stopNeeds(plan)), ...of('setAside', setAsideNeeds(input))];
  return [
    ...of('quiesce', quiesceNeeds(plan)),
    ...(plan.drillOf === undefined ? decided : of('cleanUp', cleanUpNeeds(input))),
  ];
}

function of(act: ActName, needs: readonly Need[]): ActNeed[] {
  return needs.map((need) => ({ ...need, act }));
}

/** Velero's part of stopping the engines of a run that is aborted or fails: stopRestores. Jobs of `manifests` steps are suspended by the `patch` that those steps have. */
function stopNeeds(plan: Plan): Need[] {
  const hasRestores = [...stepsOf(plan)].some(({ step }) => step.driver === 'velero');
  if (!plan.velero || !hasRestores) return [];
  const { namespace } = plan.velero;
  return [
    ...looks('velero.io', 'restores', ['list', 'delete'], namespace),
    ...['datadownloads', 'podvolumerestores'].flatMap((plural) =>
      looks('velero.io', plural, ['list', 'patch'], namespace),
    ),
  ];
}

const claims = 'persistentvolumeclaims';

/** What may stand at the top of a chain of controllers above a pod, beside operators' kinds. */
const workloads: readonly (readonly [group: string, plurals: readonly string[]])[] = [
  ['', ['pods', 'replicationcontrollers']],
  ['apps', ['daemonsets', 'deployments', 'replicasets', 'statefulsets']],
  ['batch', ['cronjobs', 'jobs']],
];

/** Claims go with what owns or mounts them; their volumes are kept, copies go into a Secret. */
function setAsideNeeds({ taken }: ActInput): Need[] {
  const wanted = taken.filter(({ resource }) => resource === claims);
  if (wanted.length === 0) return [];
  const spaces = [...new Set(wanted.map(({ namespace = '' }) => namespace))];
  return [
    ...looks('', 'secrets', ['create', 'patch'], controlNamespace),
    ...looks('', 'persistentvolumes', ['get', 'patch']),
    ...spaces.flatMap((namespace) => [
      ...looks('', claims, ['get', 'list', 'delete'], namespace),
      ...looks('', 'pods', ['list'], namespace),
      ...workloads.flatMap(([group, plurals]) =>
        plurals.flatMap((plural) => looks(group, plural, ['get', 'delete'], namespace)),
      ),
    ]),
    ...wanted.flatMap((claim) => ownerNeeds(claim, taken)),
  ];
}

/** Of an operator's resource whose claim it is, where the plan restores it: of others nobody knows the plural. */
function ownerNeeds({ controller, namespace }: BackupItem, taken: readonly BackupItem[]): Need[] {
  const owner = taken.find(({ apiVersion, kind }) => apiVersion === controller?.apiVersion && kind === controller.kind);
  return owner
    ? looks(groupOf(owner.apiVersion), pluralOf(owner), ['get', 'delete'], owner.namespace && namespace)
    : [];
}

/** What a drill's clean-up cannot do without: a drill that could not be cleaned up does not begin. */
function cleanUpNeeds(input: ActInput): Need[] {
  const { plan, taken, served = [] } = input;
  const velero = plan.velero?.namespace;
  const contents = served.filter(({ kind }) => /^Volume(Group)?SnapshotContent$/.test(kind));
  return [
    ...acts('', 'namespaces', ['list', 'patch', 'delete']),
    ...acts('', 'persistentvolumes', ['list', 'patch', 'delete']),
    ...acts('apiextensions.k8s.io', 'customresourcedefinitions', ['get', 'list', 'delete']),
    ...contents.flatMap(({ apiVersion, plural }) => acts(groupOf(apiVersion), plural, ['patch', 'delete'])),
    ...(velero ? engineNeeds(velero) : []),
    ...(taken.some(({ resource }) => resource === 'serviceaccounts') ? acts('', 'serviceaccounts', ['patch']) : []),
    ...made(input).flatMap(({ group, plural, namespace }) => acts(group, plural, ['delete'], namespace)),
    ...listed(input).flatMap(({ group, plural }) => acts(group, plural, ['list'])),
  ];
}

function engineNeeds(namespace: string): Need[] {
  return [
    ...acts('velero.io', 'restores', ['list', 'delete'], namespace),
    ...acts('velero.io', 'datadownloads', ['list', 'patch', 'delete'], namespace),
    ...acts('velero.io', 'podvolumerestores', ['list', 'delete'], namespace),
    // The rules beside the Restores carry the drill's label, too.
    ...acts('', 'configmaps', ['delete'], namespace),
  ];
}

interface Kind {
  readonly group: string;
  readonly plural: string;
  readonly namespace?: string;
}

/** What the steps make: out of the Backup, and out of files. */
function made({ taken, brought, plurals }: ActInput): readonly Kind[] {
  const items = taken.map((item) => ({
    group: groupOf(item.apiVersion),
    plural: pluralOf(item),
    ...(item.namespace ? { namespace: item.namespace } : {}),
  }));
  const files = brought.flatMap(({ objects }) =>
    objects.flatMap(({ apiVersion, kind, metadata: { namespace } }): Kind[] => {
      const plural = plurals.get(`${apiVersion} ${kind}`);
      return plural ? [{ group: groupOf(apiVersion), plural, ...(namespace ? { namespace } : {}) }] : [];
    }),
  );
  return [...items, ...files];
}

/** What the last look lists: every kind that is served, and those that the steps bring. */
function listed(input: ActInput): readonly Kind[] {
  const { taken, served = [] } = input;
  const definitions = taken.filter(({ kind }) => kind === 'CustomResourceDefinition');
  return [
    ...served.filter(isListedByCleanUp).map(({ apiVersion, plural }) => ({ group: groupOf(apiVersion), plural })),
    ...definitions.map(({ name }) => {
      const [plural = '', ...group] = name.split('.');
      return { group: group.join('.'), plural };
    }),
    ...made(input),
  ];
}

function pluralOf({ resource }: BackupItem): string {
  return resource.split('.')[0] ?? '';
}
