import { z } from 'zod';
import { isRecord, listAt, textAt } from '../../kube/read.ts';
import { degraded, healthy, missing, progressing, type Verdict } from '../../model/verdict.ts';
import type { CheckContext } from '../check.ts';
import { placeIn, podName, type ExecPlace } from '../check-exec.ts';
import { isReady } from '../check-pods.ts';
import { Label, LabelMap, Namespace, ObjectName } from '../check-words.ts';
import type { Rung, RungVerdict } from '../ladder.ts';
import { askWith, Password, type Ask } from './password.ts';
import { chooseByRole, ownContainer, type RoleQuestion } from './role.ts';

/** The keys that say where an engine runs; the same in every check of an engine. */
export const placeKeys = {
  pod: ObjectName.optional().describe('One pod by name.'),
  podSelector: LabelMap.optional().describe(
    'Labels of the pods; a ready one is asked, else one that runs. Where a role is wanted, the one that has it.',
  ),
  namespace: Namespace,
  container: Label.optional().describe("Default: the pod's default container."),
  claims: z
    .array(ObjectName)
    .min(1)
    .max(20)
    .optional()
    .describe('PersistentVolumeClaims that must be Bound before anything is asked.'),
  secrets: z
    .array(ObjectName)
    .min(1)
    .max(20)
    .optional()
    .describe('Secrets that must be there before anything is asked.'),
  password: Password.optional().describe(
    "Where the password comes from: `{env: NAME}`, a variable of the container, or `{secretName, key}`. Without it the engine must trust the container's user.",
  ),
};

/** The role that a server has to have. */
export const Role = z
  .enum(['primary', 'replica'])
  .optional()
  .describe(
    'What the server must be. Default `primary`: a replica answers queries too, and loses its data to its primary.',
  );

/** For `refine`: which pod is meant has to be said in one way. */
export function namesOnePlace(spec: { readonly pod?: unknown; readonly podSelector?: unknown }): boolean {
  return (spec.pod === undefined) !== (spec.podSelector === undefined);
}
export const nameOnePlace = 'write one of pod and podSelector, to say in which pod the engine runs';

/** What a spec says about where an engine runs. */
export interface PlaceSpec {
  readonly pod?: string | undefined;
  readonly podSelector?: { readonly [label: string]: string } | undefined;
  readonly namespace?: string | undefined;
  readonly container?: string | undefined;
  readonly claims?: readonly string[] | undefined;
  readonly secrets?: readonly string[] | undefined;
  readonly password?: Password | undefined;
}

/** How one kind of engine is reached. */
export interface EngineKind {
  /** The variable from which its client takes the password. */
  readonly passwordVariable: string;
  /** Its own health command; asked also where the pod is not ready, since it knows why. */
  health(session: Session): Promise<Verdict>;
  /** How its servers are asked which of them is the primary. */
  readonly roles?: RoleQuestion;
}

/** An engine whose pod was found. */
export interface Session {
  readonly ask: Ask;
  /** The last lines of its container's log. */
  readLog(): Promise<string>;
}

/** An engine in its pod: the rungs that come before every question of its own, and the way to ask once they held. */
export interface Engine {
  readonly rungs: readonly Rung[];
  readonly ask: Ask;
}

/** An engine as a spec names it. `role` chooses among several pods. */
export function engineOf(ctx: CheckContext, spec: PlaceSpec, kind: EngineKind, role?: 'primary' | 'replica'): Engine {
  let session: Session | undefined;
  const opened = (): Session => {
    if (session === undefined) throw new Error('an engine is asked before its pod was found');
    return session;
  };
  const findPod = async (): Promise<RungVerdict> => {
    const chosen = await chooseByRole(ctx, spec, kind, role);
    if ('verdict' in chosen) return chosen.verdict;
    const found = placeIn(chosen.pod, spec.container ?? ownContainer(chosen.pod));
    if ('verdict' in found) return found.verdict;
    const asker = await askWith(ctx, found.place, spec.password, kind.passwordVariable);
    if ('verdict' in asker) return asker.verdict;
    session = { ask: asker.ask, readLog: () => readLog(ctx, found.place) };
    const { note } = chosen;
    if (isReady(chosen.pod))
      return { ...healthy('PodReady', `${podName(chosen.pod)} is ready`), ...(note === undefined ? {} : { note }) };
    return whyNotReady(found.place, session, kind);
  };
  return {
    ask: (command) => opened().ask(command),
    rungs: [
      ...resourceRungs(ctx, spec),
      { name: 'pod ready', look: findPod },
      { name: 'accepts connections', look: () => kind.health(opened()) },
    ],
  };
}

function readLog(ctx: CheckContext, { pod, container }: ExecPlace): Promise<string> {
  return ctx.kube.logs({
    namespace: pod.metadata.namespace ?? ctx.namespace,
    pod: pod.metadata.name,
    ...(container === undefined ? {} : { container }),
    tailLines: 200,
    signal: ctx.signal,
  });
}

/** Claims and Secrets that the spec names. No rung where it names none. */
function resourceRungs(ctx: CheckContext, spec: PlaceSpec): readonly Rung[] {
  const { claims = [], secrets = [] } = spec;
  if (claims.length + secrets.length === 0) return [];
  const look = async (): Promise<Verdict> => {
    for (const name of secrets) {
      const seen = await lookAtResource(ctx, 'Secret', spec.namespace, name);
      if (seen.verdict !== 'Healthy') return seen;
    }
    for (const name of claims) {
      const seen = await lookAtResource(ctx, 'PersistentVolumeClaim', spec.namespace, name);
      if (seen.verdict !== 'Healthy') return seen;
    }
    return healthy('Exists', 'all are there');
  };
  return [{ name: 'resources exist', look }];
}

async function lookAtResource(
  ctx: CheckContext,
  kind: 'Secret' | 'PersistentVolumeClaim',
  namespace = ctx.namespace,
  name: string,
): Promise<Verdict> {
  const object = await ctx.kube.get({ apiVersion: 'v1', kind, namespace, name }, { signal: ctx.signal });
  const text = `${kind} ${namespace}/${name}`;
  if (object === undefined) return missing('NotFound', `${text} is not there`);
  if (kind === 'Secret') return healthy('Exists', `${text} is there`);
  const phase = textAt(object, 'status', 'phase') ?? 'without a phase';
  if (phase === 'Bound') return healthy('Bound', `${text} is Bound`);
  if (phase === 'Lost') return degraded('ClaimLost', `${text} is Lost: its volume is gone, and the data with it`);
  return progressing('ClaimNotBound', `${text} is ${phase}, not Bound`);
}

/** A pod that runs and is not ready: its container's own trouble, else what the engine says of itself. */
async function whyNotReady(place: ExecPlace, session: Session, kind: EngineKind): Promise<Verdict> {
  const { pod } = place;
  const waiting = waitingReason(place);
  if (waiting === 'CrashLoopBackOff')
    return degraded(waiting, `${podName(pod)} crashes again and again; its log says why (kubectl logs --previous)`);
  if (waiting !== undefined) return progressing(waiting, `${podName(pod)} waits: ${waiting}`);
  const seen = await kind.health(session);
  if (seen.verdict !== 'Healthy') return { ...seen, message: `${podName(pod)} is not ready: ${seen.message}` };
  return progressing(
    'PodNotReady',
    `${podName(pod)} runs and its engine answers, but its readiness probe has not passed yet`,
  );
}

function waitingReason({ pod, container }: ExecPlace): string | undefined {
  const own = listAt(pod, 'status', 'containerStatuses')
    .filter(isRecord)
    .find((each) => textAt(each, 'name') === container);
  return textAt(own, 'state', 'waiting', 'reason');
}
