import { textAt } from '../../kube/read.ts';
import type { KubeObject } from '../../kube/types.ts';
import { degraded, progressing, type Verdict } from '../../model/verdict.ts';
import type { CheckContext } from '../check.ts';
import { placeIn } from '../check-exec.ts';
import { choosePod, isReady, pickPod, podsWith, podTexts, type ChosenPod } from '../check-pods.ts';
import { selectorText } from '../check-words.ts';
import type { EngineKind, PlaceSpec } from './engine.ts';
import { askWith, type Ask } from './password.ts';

/** What a server can have to be. */
export type Role = 'primary' | 'replica';

/** What a server says that it is. `shares`: others take writes beside it by design, as in Galera or a sharded cluster. */
export interface SaidRole {
  readonly role: Role | 'neither';
  readonly shares?: boolean;
}

/** How the servers of one kind of engine are asked for their roles. */
export interface RoleQuestion {
  ask(ask: Ask): Promise<SaidRole | { readonly verdict: Verdict }>;
  /** What makes a replica the primary. Without it the ladder of a pod says more about a lost primary than is known here. */
  readonly promotion?: string;
}

/** What a pod answered; one that did not has the reason instead. */
export interface Heard {
  readonly pod: KubeObject;
  readonly said: SaidRole | { readonly silence: string };
}

/** The pod to go on with. `note` says what is not known of others. */
export type PodOfRole = ChosenPod & { readonly note?: string };

/** More pods than this are no members of one database; those past it count as silent. */
const mostAsked = 20;

/** The role that an operator wrote on a pod: CloudNativePG, `instanceRole` since 1.21, before it `role`. */
function labelledRole(pod: KubeObject): string | undefined {
  const { labels } = pod.metadata;
  if (labels?.['cnpg.io/cluster'] === undefined) return undefined;
  return labels['cnpg.io/instanceRole'] ?? labels['role'];
}

/** Labels of CloudNativePG, Patroni and Zalando's operator. */
const roleLabels = ['cnpg.io/instanceRole', 'role', 'spilo-role'];
const roleWords = ['primary', 'master', 'replica'];

function saysRole(selector: { readonly [label: string]: string }): boolean {
  return roleLabels.some((label) => roleWords.includes(selector[label] ?? ''));
}

/** In a CloudNativePG pod the server is in `postgres`, wherever a sidecar was put. */
export function ownContainer(pod: KubeObject): string | undefined {
  return pod.metadata.labels?.['cnpg.io/cluster'] === undefined ? undefined : 'postgres';
}

/**
 * The pod in the wanted role among those of a selector: by the labels of CloudNativePG, else by asking each. Labels of
 * others are not believed: they come back with the pods and are of the day of the backup.
 */
export async function chooseByRole(
  ctx: CheckContext,
  spec: PlaceSpec,
  kind: EngineKind,
  role: Role | undefined,
): Promise<PodOfRole> {
  const { podSelector } = spec;
  if (podSelector === undefined || role === undefined || saysRole(podSelector)) return choosePod(ctx, spec);
  const namespace = spec.namespace ?? ctx.namespace;
  const pods = await podsWith(ctx, podSelector, namespace);
  const which = `with ${selectorText(podSelector)}`;
  const labelled = pods.filter((pod) => labelledRole(pod) !== undefined);
  if (labelled.length > 0) return chooseLabelled(labelled, role, which, namespace);
  const members = pods.filter((pod) => !hasEnded(pod));
  if (kind.roles === undefined || members.length < 2 || !members.some(isReady)) return pickPod(pods, which, namespace);
  const heard = await askEach(ctx, spec, kind, kind.roles, members);
  return judgeRoles(role, heard, which, kind.roles.promotion) ?? pickPod(pods, which, namespace);
}

function chooseLabelled(labelled: readonly KubeObject[], role: Role, which: string, namespace: string): ChosenPod {
  const fitting = labelled.filter((pod) => labelledRole(pod) === role);
  if (fitting.length > 0) return pickPod(fitting, which, namespace);
  const text = `no Pod ${which} in namespace ${namespace} is labelled as the ${role}: ${podTexts(labelled)}`;
  return { verdict: progressing(role === 'primary' ? 'NoPrimary' : 'NoReplica', text) };
}

function hasEnded(pod: KubeObject): boolean {
  return ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? '');
}

function askEach(
  ctx: CheckContext,
  spec: PlaceSpec,
  kind: EngineKind,
  roles: RoleQuestion,
  pods: readonly KubeObject[],
): Promise<readonly Heard[]> {
  const askOne = async (pod: KubeObject): Promise<Heard['said']> => {
    // One that runs and is not ready may be the primary that still starts.
    if (textAt(pod, 'status', 'phase') !== 'Running') return { silence: 'it does not run' };
    const found = placeIn(pod, spec.container ?? ownContainer(pod));
    if ('verdict' in found) return { silence: found.verdict.reason };
    const asker = await askWith(ctx, found.place, spec.password, kind.passwordVariable);
    const said = 'verdict' in asker ? asker : await roles.ask(asker.ask);
    return 'verdict' in said ? { silence: said.verdict.reason } : said;
  };
  const most = pods.toSorted((a, b) => Number(isReady(b)) - Number(isReady(a)));
  return Promise.all(
    most.map(async (pod, index) => ({ pod, said: index < mostAsked ? await askOne(pod) : { silence: 'not asked' } })),
  );
}

/**
 * Chooses by what the pods said, ready ones first; pure. Undefined where none said anything: then the ladder of one of them
 * says why. A promotion is advised only where every pod said that it is a replica.
 */
export function judgeRoles(
  wanted: Role,
  heard: readonly Heard[],
  which: string,
  promotion: string | undefined,
): PodOfRole | undefined {
  const silent = heard.filter(({ said }) => 'silence' in said || said.role === 'neither');
  if (silent.length === heard.length) return undefined;
  const primaries = heard.filter((each) => isOf(each, 'primary'));
  const fitting = wanted === 'primary' ? primaries : heard.filter((each) => isOf(each, 'replica'));
  const isSplit = primaries.length > 1 && !primaries.every(({ said }) => 'shares' in said && said.shares === true);
  if (isSplit && (wanted === 'primary' || fitting.length === 0)) return { verdict: splitBrain(primaries) };
  const [first] = fitting;
  if (first !== undefined)
    return silent.length === 0
      ? { pod: first.pod }
      : { pod: first.pod, note: `what these are is not known: ${listed(silent)}` };
  if (wanted === 'replica') return { verdict: noReplica(heard, silent, which) };
  return promotion === undefined ? undefined : { verdict: noPrimary(heard, silent, which, promotion) };
}

function isOf({ said }: Heard, role: Role): boolean {
  return 'role' in said && said.role === role;
}

function listed(heard: readonly Heard[]): string {
  return heard
    .map(({ pod, said }) => `${pod.metadata.name} (${'silence' in said ? said.silence : said.role})`)
    .join(', ');
}

function splitBrain(primaries: readonly Heard[]): Verdict {
  return degraded(
    'SplitBrain',
    `${primaries.length} pods say that they are the primary, and each takes writes that the others do not have: ${listed(primaries)}; stop all but the one whose data is to stay. If they are not of one database, write a podSelector for one`,
  );
}

function noPrimary(heard: readonly Heard[], silent: readonly Heard[], which: string, promotion: string): Verdict {
  if (silent.length > 0)
    return progressing(
      'NoPrimary',
      `no Pod ${which} says that it is the primary: ${listed(heard)}; promote none while it is not known what the others are`,
    );
  return degraded(
    'NoPrimary',
    `each Pod ${which} says that it is a replica: ${listed(heard)}; if none is elected and no other pod is the primary, promote one of them: ${promotion}`,
  );
}

function noReplica(heard: readonly Heard[], silent: readonly Heard[], which: string): Verdict {
  const text = `no Pod ${which} says that it is a replica: ${listed(heard)}`;
  return silent.length > 0 ? progressing('NoReplica', text) : degraded('NoReplica', text);
}
