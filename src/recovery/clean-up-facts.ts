import { listAt, valueAt } from '../kube/read.ts';
import { KubeError } from '../kube/error.ts';
import type { ApiResource, KubeObject, ListOptions } from '../kube/types.ts';
import { isListedByCleanUp } from '../model/drill.ts';
import { labelKeys } from '../model/labels.ts';
import type { LeftOver } from '../model/report.ts';
import { refKey } from '../model/verdict.ts';
import { dataDownloadKind, podVolumeRestoreKind, restoreKind, restoreNameLabel } from '../velero/api.ts';
import { textAt } from '../velero/fields.ts';
import { DownloadError } from '../velero/download.ts';
import { landing, mappingOf } from '../velero/mapping.ts';
import { type DrillObject, roleOf } from './clean-up-judge.ts';
import { expectedNamespaces, isDrillNamespace, placeOf } from './drill-namespaces.ts';
import type { Session } from './session.ts';

/** All of a drill that is there, as listed just now. */
export interface DrillFound {
  readonly objects: readonly DrillObject[];
  /** Older than the drill, and only marked by it (Velero merges labels into ServiceAccounts that are there). */
  readonly marked: readonly KubeObject[];
  /** Names of the drill's namespaces, those that are gone included. */
  readonly namespaces: readonly string[];
  /** What could not be listed: then nothing is known to be gone. */
  readonly blind: readonly LeftOver[];
  /** What a person should know of what is let stand. */
  readonly notes: readonly string[];
}

const parallelLists = 6;

/** How long something may be on its way before it is looked for what holds it, ms. */
const heldAfterMs = 10_000;

/**
 * Lists everything of a drill anew: by its label, by its namespaces, by what its Restores made. `late`, when the drill's own
 * run is over, a namespace is the drill's by its label or by what stands in it, never by its name alone: somebody may have
 * put a site there since.
 */
export async function findDrill(session: Session, late = false): Promise<DrillFound> {
  const { kube, signal, run } = session;
  const kinds = (await kube.resources({ signal })).filter(isListedByCleanUp);
  const blind: LeftOver[] = [];
  const labelled = (
    await eachKind(kinds, async (kind) =>
      listOf(session, kind, { labelSelector: `${labelKeys.drill}=${run.recovery}`, metadataOnly: true }, blind),
    )
  ).flat();
  const isYoung = (object: KubeObject): boolean =>
    Date.parse(object.metadata.creationTimestamp ?? '') >= Date.parse(session.ledger.firstWriteAt);
  const { spaces, before, notes } = await drillNamespaces(session, labelled.filter(isYoung), late);
  const names = new Set([...before, ...spaces.map(({ metadata }) => metadata.name)]);
  const [volumes, engine, held] = await Promise.all([
    volumesOf(session, kinds, names, isYoung, blind),
    engineObjects(session),
    heldIn(session, kinds, spaces),
  ]);
  const found = new Map<string, DrillObject>();
  // The later ones were read whole, and say more than their metadata.
  const objects = [
    ...labelled.filter((object) => isYoung(object) && roleOf(object) !== 'namespace'),
    ...held,
    ...spaces,
    ...volumes,
    ...engine,
  ];
  for (const object of objects) found.set(refKey(keyOf(object)), { role: roleOf(object), object });
  return {
    objects: await withStrangers(session, [...found.values()], names),
    marked: labelled.filter((object) => !isYoung(object)),
    namespaces: [...names].toSorted(),
    blind,
    notes,
  };
}

function keyOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject) {
  return { apiVersion, kind, name, ...(namespace ? { namespace } : {}) };
}

/** Asks for each kind, a few at once. */
export async function eachKind<T>(kinds: readonly ApiResource[], ask: (kind: ApiResource) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  const queue = [...kinds.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) answers[next[0]] = await ask(next[1]);
  };
  await Promise.all(Array.from({ length: parallelLists }, worker));
  return answers;
}

/** A kind that knows no lists, or is gone, has nothing; one that cannot be listed is a blind spot. */
export async function listOf(
  { kube, signal }: Session,
  kind: Pick<ApiResource, 'apiVersion' | 'kind'>,
  options: ListOptions,
  blind: LeftOver[],
): Promise<readonly KubeObject[]> {
  try {
    return (await kube.list(kind, { ...options, signal })).items;
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason === 'Aborted') throw error;
    if (error.reason === 'KindNotServed' || error.code === 404 || error.code === 405) return [];
    blind.push({ kind: kind.kind, name: 'all', why: `cannot be listed, so nobody knows: ${error.message}` });
    return [];
  }
}

interface DrillNamespaces {
  /** The drill's, as they stand now. */
  readonly spaces: readonly KubeObject[];
  /** Names of those that an earlier look had found: what stood in them is found by these. */
  readonly before: readonly string[];
  /** What to say of those that could be the drill's by their names, and are not. */
  readonly notes: readonly string[];
}

async function drillNamespaces(
  session: Session,
  labelled: readonly KubeObject[],
  late: boolean,
): Promise<DrillNamespaces> {
  const { kube, signal, plan, ledger } = session;
  // Seen is not enough: what mirrors Secrets copies their labels too, into namespaces of other people.
  const lands = await landingNamespaces(session);
  const byName = new Set([...expectedNamespaces(plan), ...ledger.drillNamespaces]);
  const seen = new Set(
    labelled.flatMap(({ metadata: { namespace = '' } }) =>
      lands.has(namespace) || (late && byName.has(namespace)) ? [namespace] : [],
    ),
  );
  const place = placeOf(session, new Set([...byName, ...seen]));
  const { items } = await kube.list({ apiVersion: 'v1', kind: 'Namespace' }, { signal });
  const possible = items.filter((namespace) => isDrillNamespace(namespace, place));
  if (!late) return { spaces: possible, before: ledger.drillNamespaces, notes: [] };
  const known = new Set(ledger.drillNamespaces);
  const spaces = possible.filter((one) => hasSign(one, seen, known));
  // Once it was clean, what has such a name is somebody else's; and so is what stands there and has no sign of the drill.
  const taken = new Set(items.filter((one) => !spaces.includes(one)).map(({ metadata }) => metadata.name));
  const before = ledger.cleanedUp?.clean ? [] : ledger.drillNamespaces.filter((name) => !taken.has(name));
  return { spaces, before, notes: possible.filter((one) => !spaces.includes(one)).map(letStand) };
}

/** Whether more than its name says that a namespace is the drill's. One that ends already loses what stood in it. */
function hasSign({ metadata }: KubeObject, seen: ReadonlySet<string>, known: ReadonlySet<string>): boolean {
  if (metadata.labels?.[labelKeys.drill] !== undefined || seen.has(metadata.name)) return true;
  return metadata.deletionTimestamp !== undefined && known.has(metadata.name);
}

function letStand({ metadata: { name } }: KubeObject): string {
  return `Namespace ${name} is younger than the drill and where it put things, but nothing on or in it is the drill's: it was let stand`;
}

/** Where the Backup's objects would land; none where it cannot be read: then nothing is taken for the drill's by them. */
async function landingNamespaces(session: Session): Promise<ReadonlySet<string>> {
  const mapping = mappingOf(session.plan);
  try {
    const { items } = await session.inventory();
    return new Set(items.flatMap((item) => landing(mapping, item).namespace ?? []));
  } catch (error) {
    if (error instanceof KubeError || error instanceof DownloadError) return new Set();
    throw error;
  }
}

/** Volumes of the drill's claims and contents of its snapshots: most carry no label of ours. */
async function volumesOf(
  session: Session,
  kinds: readonly ApiResource[],
  names: ReadonlySet<string>,
  isYoung: (object: KubeObject) => boolean,
  blind: LeftOver[],
): Promise<readonly KubeObject[]> {
  const isOurs = (object: KubeObject, ref: string): boolean =>
    isYoung(object) &&
    (object.metadata.labels?.[labelKeys.drill] === session.run.recovery ||
      names.has(textAt(object, 'spec', ref, 'namespace') ?? ''));
  const wanted: readonly (readonly [kind: string, ref: string])[] = [
    ['PersistentVolume', 'claimRef'],
    ['VolumeSnapshotContent', 'volumeSnapshotRef'],
    ['VolumeGroupSnapshotContent', 'volumeGroupSnapshotRef'],
  ];
  const lists = await Promise.all(
    wanted.map(async ([name, ref]) => {
      const kind = kinds.find((one) => one.kind === name);
      return kind ? (await listOf(session, kind, {}, blind)).filter((object) => isOurs(object, ref)) : [];
    }),
  );
  return lists.flat();
}

/** Restores with their phases, and what Velero made for them. */
async function engineObjects(session: Session): Promise<readonly KubeObject[]> {
  const { kube, signal, run, ledger } = session;
  const namespace = ledger.run.backup?.namespace;
  if (!namespace || !(await kube.resource(restoreKind, { signal }))) return [];
  const labelSelector = `${labelKeys.recovery}=${run.recovery}`;
  const restores = await kube.list(restoreKind, { namespace, labelSelector, signal });
  const movers = await Promise.all(
    [dataDownloadKind, podVolumeRestoreKind].map(async (kind) =>
      (await kube.resource(kind, { signal })) ? (await kube.list(kind, { namespace, signal })).items : [],
    ),
  );
  const isOurs = ({ metadata }: KubeObject): boolean =>
    metadata.labels?.[restoreNameLabel]?.startsWith(`${run.recovery}-`) === true;
  return [...restores.items, ...movers.flat().filter(isOurs)];
}

/** What holds a namespace that does not go: its own conditions name the finalizer, these name the object. */
async function heldIn(
  session: Session,
  kinds: readonly ApiResource[],
  spaces: readonly KubeObject[],
): Promise<readonly KubeObject[]> {
  const stuck = spaces.filter(
    ({ metadata }) => Date.now() - Date.parse(metadata.deletionTimestamp ?? '') > heldAfterMs,
  );
  const found: KubeObject[] = [];
  for (const { metadata } of stuck)
    await eachKind(
      kinds.filter(({ namespaced }) => namespaced),
      async (kind) => {
        for (const object of await listOf(session, kind, { namespace: metadata.name, metadataOnly: true }, []))
          if (object.metadata.deletionTimestamp && (object.metadata.finalizers ?? []).length > 0) found.push(object);
      },
    );
  return found;
}

/** A definition stays where somebody else has objects of it: they would go with it. */
async function withStrangers(
  session: Session,
  objects: readonly DrillObject[],
  names: ReadonlySet<string>,
): Promise<readonly DrillObject[]> {
  const out: DrillObject[] = [];
  for (const one of objects) {
    const stays = one.role === 'definition' ? await strangersOf(session, one.object, names) : undefined;
    out.push(stays ? { ...one, stays } : one);
  }
  return out;
}

/** Why a definition stays; of one whose objects may not be listed nobody knows whose they are. */
async function strangersOf(
  session: Session,
  definition: KubeObject,
  names: ReadonlySet<string>,
): Promise<string | undefined> {
  const { kube, signal, run } = session;
  const { apiVersion, kind, metadata } = definition;
  const whole = await kube.get({ apiVersion, kind, name: metadata.name }, { signal });
  const version = listAt(whole, 'spec', 'versions').find((one) => valueAt(one, 'served') === true);
  const group = textAt(whole, 'spec', 'group');
  const its = textAt(whole, 'spec', 'names', 'kind');
  if (!version || !group || !its) return undefined;
  const served = { apiVersion: `${group}/${textAt(version, 'name') ?? ''}`, kind: its };
  if (!(await kube.resource(served, { signal }))) return undefined;
  const blind: LeftOver[] = [];
  const items = await listOf(session, served, { metadataOnly: true }, blind);
  if (blind[0]) return blind[0].why;
  const strangers = items.filter(
    ({ metadata: { labels, namespace } }) =>
      labels?.[labelKeys.drill] !== run.recovery && !(namespace && names.has(namespace)),
  );
  const [first] = strangers;
  if (!first) return undefined;
  const where = first.metadata.namespace ? `${first.metadata.namespace}/${first.metadata.name}` : first.metadata.name;
  return `${strangers.length} objects of this kind are not the drill's (${its} ${where}) and would go with it`;
}
