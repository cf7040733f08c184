import { KubeError } from '../kube/error.ts';
import type { KubeObject } from '../kube/types.ts';
import { labelKeys } from '../model/labels.ts';
import { forHistory } from '../model/redact.ts';
import type { CleanUpReport, LeftOver } from '../model/report.ts';
import { type ObjectRef, refKey } from '../model/verdict.ts';
import { type DrillFound, findDrill } from './clean-up-facts.ts';
import { type CleanUpAct, isBroughtVolume, leftOf, leftText, nextActs, wakings } from './clean-up-judge.ts';
import { unexplained } from './clean-up-strangers.ts';
import { markNamespaces } from './drill-namespaces.ts';
import { writeDrillNamespaces } from './ledger.ts';
import type { Session } from './session.ts';
import { waitUntil } from './wait.ts';

export interface CleanUpOptions {
  /** When the clean-up began, ISO 8601: over a worker's death too. */
  readonly since: string;
  readonly timeoutMs: number;
  /** Long after the drill: what has no sign of it on or in it may be somebody else's by now. */
  readonly late?: boolean;
  say(reason: string): void;
}

/** What a report lists of what is left. */
const listed = 50;

/** One look lists every kind: so often, ms. */
const everyMs = 2000;

/** So long what nobody explains may go by itself, as what belonged to something that has just gone does, ms. */
const strangersGoMs = 10_000;

/** After this share of the time what does not go keeps nothing else any longer. */
const patientShare = 0.4;

/**
 * Removes what a drill has made and shows that it is gone: look, act, look again, until a look finds nothing or the time
 * is up; then nothing may be there either that nobody explains. Every look lists anew, so that it may begin again anywhere, on any worker.
 */
export async function cleanUp(session: Session, options: CleanUpOptions): Promise<CleanUpReport> {
  const since = Date.parse(options.since);
  // Written down before each step: without one the drill has made nothing that could be out of sight.
  const hasBegun = Object.keys(session.ledger.steps).length > 0;
  const notes = new Set<string>();
  const refused = new Map<string, string>();
  let left: readonly LeftOver[] = [];
  let emptySince: number | undefined;
  let noted: readonly string[] = session.ledger.drillNamespaces;
  const waited = await waitUntil<true>(
    async () => {
      const found = await findDrill(session, options.late ?? false);
      if (found.namespaces.join() !== noted.join()) noted = await remember(session, found, options.late ?? false);
      noteVolumes(found, notes);
      for (const note of found.notes) notes.add(note);
      left = [
        ...found.objects.map((one) => withRefusal(leftOf(one), refused.get(refKey(refOf(one.object))))),
        ...found.marked.map((object) => withRefusal(stillMarked(object), refused.get(refKey(refOf(object))))),
        ...(hasBegun ? found.blind : []),
      ];
      if (left.length === 0) {
        left = hasBegun ? await unexplained(session) : [];
        emptySince ??= Date.now();
        const over = left.length === 0 || Date.now() - emptySince >= strangersGoMs;
        return over ? { done: true } : { notYet: leftText(left) };
      }
      emptySince = undefined;
      await session.assertOurs();
      const patient = Date.now() - since < options.timeoutMs * patientShare;
      refused.clear();
      const acts = [...nextActs(found.objects, patient), ...wakings(found.objects, Date.now())];
      for (const act of acts) await perform(session, act, refused);
      for (const object of found.marked) await perform(session, { act: 'patch', object, body: unmarked }, refused);
      return { notYet: leftText(left) };
    },
    { everyMs, deadlineAt: () => since + options.timeoutMs, signal: session.signal, say: options.say },
  );
  // The cluster may not have answered at all: then nothing is known to be gone.
  if ('overdue' in waited && left.length === 0)
    left = [{ kind: 'Cluster', name: session.kube.context, why: waited.overdue }];
  else if ('overdue' in waited) left = [...left, ...(await unexplainedBeside(session, left))];
  return {
    clean: 'done' in waited && left.length === 0,
    left: left.slice(0, listed).map((one) => ({ ...one, why: forHistory(one.why, 400) })),
    leftCut: Math.max(0, left.length - listed),
    seconds: Math.round((Date.now() - since) / 100) / 10,
    notes: [...notes].slice(0, listed),
  };
}

/** For a list that is not empty already: a cluster that does not answer adds nothing to it. */
async function unexplainedBeside(session: Session, left: readonly LeftOver[]): Promise<readonly LeftOver[]> {
  try {
    const listedYet = new Set(left.map(({ kind, name }) => `${kind} ${name}`));
    return (await unexplained(session)).filter(({ kind, name }) => !listedYet.has(`${kind} ${name}`));
  } catch (error) {
    if (error instanceof KubeError && error.reason !== 'Aborted') return [];
    throw error;
  }
}

/** Written down before the first of them goes: volumes are found by the names of namespaces that are gone by then. */
async function remember(session: Session, found: DrillFound, late: boolean): Promise<readonly string[]> {
  const { namespaces } = found;
  await session.assertOurs();
  await writeDrillNamespaces(session.kube, session.run.recovery, namespaces, session.signal);
  session.noteDrillNamespaces(namespaces);
  await markNamespaces(session, late ? new Set(namespaces) : undefined);
  return namespaces;
}

function noteVolumes({ objects }: DrillFound, notes: Set<string>): void {
  for (const { role, object } of objects)
    if (role === 'volume' && isBroughtVolume(object))
      notes.add(
        `PersistentVolume ${object.metadata.name} came out of the Backup as it was: it is removed, and the volume behind it stays, since it may be the live site's`,
      );
}

function refOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): ObjectRef {
  return { apiVersion, kind, name, ...(namespace ? { namespace } : {}) };
}

/** Bound to the very object: one of the same name that came since is not ours. Who was faster has done it. */
async function perform({ kube, signal }: Session, one: CleanUpAct, refused: Map<string, string>): Promise<void> {
  const { uid } = one.object.metadata;
  try {
    if (one.act === 'remove')
      await kube.remove(refOf(one.object), { signal, propagation: 'Background', ...(uid ? { uid } : {}) });
    else await kube.patch(refOf(one.object), 'merge', one.body, { signal });
  } catch (error) {
    if (error instanceof KubeError && isRefused(error)) refused.set(refKey(refOf(one.object)), error.message);
    else if (!(error instanceof KubeError && [404, 409].includes(error.code))) throw error;
  }
}

/** A right that is missing, or a webhook that refuses: it stays in the list of what is left, with these words. */
function isRefused({ code, reason }: KubeError): boolean {
  return code === 403 || code === 400 || code === 422 || (code === 500 && reason === 'InternalError');
}

function withRefusal(left: LeftOver, refusal: string | undefined): LeftOver {
  return refusal === undefined ? left : { ...left, why: refusal };
}

/** Takes the drill's label off what was there before it. */
const unmarked = { metadata: { labels: { [labelKeys.drill]: null } } };

function stillMarked({ kind, metadata: { name, namespace } }: KubeObject): LeftOver {
  const where = namespace === undefined ? name : `${namespace}/${name}`;
  return { kind, name: where, why: "was there before the drill, and still carries the drill's label" };
}
