import { Buffer } from 'node:buffer';
import { drivers } from '../drivers/registry.ts';
import { DriverError } from '../drivers/driver.ts';
import { KubeError } from '../kube/error.ts';
import { refTo, topOwner } from '../kube/owners.ts';
import { listAt, textAt, valueAt } from '../kube/read.ts';
import type { KubeObject } from '../kube/types.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { type ObjectRef, refText } from '../model/verdict.ts';
import { updateStep } from './ledger.ts';
import { controlNamespace, fitName, labelKeys, stepLabels } from './names.ts';
import type { Session, StepRef } from './session.ts';
import { waitUntil } from './wait.ts';

/** How long what is being removed may take to be gone. */
const goneWithinMs = 120_000;

/** A Secret holds at most a mebibyte; base64 takes a third more. */
const copiesLimit = 700_000;

const claimKind = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' } as const;

/** An object that goes: by UID, so that one that comes back under its name is not taken for it. */
type Going = { readonly ref: ObjectRef; readonly uid: string };

/** What is set aside for one generation of a step, as the ledger has it before anything is touched. */
interface Aside {
  readonly claims: readonly (Going & { readonly volume: string })[];
  readonly owners: readonly Going[];
  /** Volumes that must outlive all this, and the policy that each had. */
  readonly volumes: readonly { readonly name: string; readonly policyBefore: string }[];
  /** The Secret that holds copies of claims and owners as they were. */
  readonly copies: string;
  readonly done?: boolean;
}

/**
 * Takes claims out of the way that were there before a step could restore them. Their volumes are kept: first every volume of what
 * goes is set to Retain, then what owns or uses the claims goes, then the claims. What goes is copied before into a Secret
 * beside the ledger, and named in the ledger. Safe to repeat: the ledger says what belongs to it. Returns a line for each claim.
 */
export async function setAside(
  session: Session,
  ref: StepRef,
  handle: Json,
  say: (reason: string) => void,
): Promise<readonly string[]> {
  const known = session.ledger.steps[ref.step]?.asides?.[String(ref.generation)];
  const aside = known === undefined ? await plan(session, ref, handle) : (known as unknown as Aside);
  if (!aside.done) {
    for (const volume of aside.volumes) await keepVolume(session, ref, volume.name);
    for (const owner of aside.owners) await remove(session, owner);
    for (const claim of aside.claims) await remove(session, claim);
    await untilGone(session, aside, say);
    await note(session, ref, { ...aside, done: true });
  }
  return linesOf(aside);
}

async function plan(session: Session, ref: StepRef, handle: Json): Promise<Aside> {
  const { kube, signal } = session;
  const { step } = session.step(ref.step);
  const refs = (await drivers[step.driver].existingClaims?.(session.driverContext(ref), handle)) ?? [];
  const claims = (await Promise.all(refs.map((one) => kube.get(one, { signal })))).filter((one) => one !== undefined);
  if (claims.length === 0)
    throw new DriverError(
      'Conflict',
      `step ${ref.step} has no claim to set aside: what was there before is none, or gone; remove it by hand where it stands in the way, then retry with mode again`,
    );
  const claimUids = new Set(claims.map(uidOf));
  const owners = (await usersOf(session, claims)).filter((owner) => !claimUids.has(uidOf(owner)));
  const volumes = await volumesOf(session, claims, owners);
  const copies = await copy(session, ref, [...claims, ...owners]);
  const aside = {
    claims: claims.map((claim) => ({ ...going(claim), volume: textAt(claim, 'spec', 'volumeName') ?? '' })),
    owners: owners.map(going),
    volumes,
    copies,
  };
  await note(session, ref, aside);
  return aside;
}

const uidOf = (object: KubeObject): string => object.metadata.uid ?? '';
const going = (object: KubeObject): Going => ({ ref: refTo(object), uid: uidOf(object) });

/** What owns the claims, and what mounts them: the top of each chain of controllers, once. */
async function usersOf(session: Session, claims: readonly KubeObject[]): Promise<readonly KubeObject[]> {
  const found = new Map<string, KubeObject>();
  for (const object of [...claims, ...(await podsWith(session, claims))]) {
    const top = await topOwner(session.kube, object, session.signal);
    found.set(uidOf(top), top);
  }
  return [...found.values()];
}

async function podsWith(session: Session, claims: readonly KubeObject[]): Promise<readonly KubeObject[]> {
  const namespaces = new Set(claims.map(({ metadata }) => metadata.namespace ?? ''));
  const names = new Set(claims.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`));
  const pods = await Promise.all([...namespaces].map((namespace) => podsIn(session, namespace)));
  return pods
    .flat()
    .filter((pod) => claimsOf(pod).some((name) => names.has(`${pod.metadata.namespace ?? ''}/${name}`)));
}

async function podsIn({ kube, signal }: Session, namespace: string): Promise<readonly KubeObject[]> {
  const { items } = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, signal });
  return items.map((pod) => ({ ...pod, apiVersion: 'v1', kind: 'Pod' }));
}

function claimsOf(pod: KubeObject): readonly string[] {
  return listAt(pod, 'spec', 'volumes').flatMap((volume) => {
    const name = textAt(volume, 'persistentVolumeClaim', 'claimName');
    return name === undefined ? [] : [name];
  });
}

/** With an owner all its claims may go, not only those that stand in the way: the volumes of them all are kept. */
async function volumesOf(
  session: Session,
  claims: readonly KubeObject[],
  owners: readonly KubeObject[],
): Promise<Aside['volumes']> {
  const { kube, signal } = session;
  const ownerUids = new Set(owners.map(uidOf));
  const touched = new Map(claims.map((claim) => [uidOf(claim), claim]));
  for (const namespace of new Set(claims.map(({ metadata }) => metadata.namespace ?? ''))) {
    const { items } = await kube.list(claimKind, { namespace, signal });
    for (const item of items) {
      const claim = { ...item, ...claimKind };
      const users = [claim, ...(await podsWith(session, [claim]))];
      const tops = await Promise.all(users.map((user) => topOwner(kube, user, signal)));
      // Also an owner that does not control it takes it along when it goes: a StatefulSet with `whenDeleted: Delete`.
      const isOwned = claim.metadata.ownerReferences?.some(({ uid }) => ownerUids.has(uid)) ?? false;
      if (isOwned || tops.some((top) => ownerUids.has(uidOf(top)))) touched.set(uidOf(claim), claim);
    }
  }
  const volumes: { readonly name: string; readonly policyBefore: string }[] = [];
  for (const claim of touched.values()) {
    const name = textAt(claim, 'spec', 'volumeName');
    if (!name) continue;
    const volume = await kube.get({ apiVersion: 'v1', kind: 'PersistentVolume', name }, { signal });
    if (!volume) continue;
    volumes.push({ name, policyBefore: textAt(volume, 'spec', 'persistentVolumeReclaimPolicy') ?? 'Delete' });
  }
  return volumes;
}

/** Copies go into a Secret: a workload may have credentials in its environment, and the ledger holds none. */
async function copy(session: Session, ref: StepRef, objects: readonly KubeObject[]): Promise<string> {
  const { kube, signal, run } = session;
  const name = fitName(`rekindle-${run.recovery}-aside-${ref.step}-g${ref.generation}`);
  const data = Object.fromEntries(objects.map((object) => [copyKey(object), base64(withoutNoise(object))]));
  if (JSON.stringify(data).length > copiesLimit)
    throw new DriverError(
      'Conflict',
      `what owns the claims of step ${ref.step} is too large to be copied into one Secret; set it aside by hand, then retry with mode again`,
    );
  const labels = stepLabels({ ...ref, recovery: run.recovery });
  await session.assertOurs();
  try {
    await kube.create(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace: controlNamespace, labels },
        type: 'Opaque',
        data,
      },
      { signal },
    );
  } catch (error) {
    // Made before the ledger could name it: what it holds may be older, and is made anew.
    if (!(error instanceof KubeError && error.code === 409)) throw error;
    const secret = { apiVersion: 'v1', kind: 'Secret', namespace: controlNamespace, name };
    await kube.patch(secret, 'merge', { data }, { signal });
  }
  return name;
}

/** Two claims of one name may stand in two namespaces. */
const copyKey = ({ kind, metadata: { name, namespace } }: KubeObject): string =>
  [kind, ...(namespace ? [namespace] : []), name, 'json'].join('.');

const base64 = (object: KubeObject): string => Buffer.from(JSON.stringify(object)).toString('base64');

function withoutNoise(object: KubeObject): KubeObject {
  const { status: _status, ...rest } = object;
  const { managedFields: _fields, ...metadata } = rest.metadata;
  return { ...rest, metadata };
}

async function note(session: Session, ref: StepRef, aside: Aside): Promise<void> {
  await session.assertOurs();
  const asides = {
    ...session.ledger.steps[ref.step]?.asides,
    [String(ref.generation)]: aside as unknown as JsonObject,
  };
  await updateStep(session.kube, session.run.recovery, ref.step, ref, { asides }, session.signal);
}

async function keepVolume(session: Session, ref: StepRef, name: string): Promise<void> {
  const { kube, signal, run } = session;
  const volume = { apiVersion: 'v1', kind: 'PersistentVolume', name };
  if (!(await kube.get(volume, { signal }))) return;
  await session.assertOurs();
  const metadata = {
    labels: { [labelKeys.recovery]: run.recovery, [labelKeys.step]: ref.step },
    annotations: { 'rekindle.dev/set-aside': `generation ${ref.generation} of step ${ref.step}` },
  };
  const kept = await kube.patch(
    volume,
    'merge',
    { metadata, spec: { persistentVolumeReclaimPolicy: 'Retain' } },
    { signal },
  );
  if (valueAt(kept, 'spec', 'persistentVolumeReclaimPolicy') !== 'Retain')
    throw new DriverError('Conflict', `PersistentVolume ${name} could not be set to Retain; nothing was removed`);
}

async function remove(session: Session, { ref, uid }: Going): Promise<void> {
  const live = await session.kube.get(ref, { signal: session.signal, metadataOnly: true });
  if (live?.metadata.uid !== uid || live.metadata.deletionTimestamp) return;
  await session.assertOurs();
  await session.kube.remove(ref, { uid, propagation: 'Background', signal: session.signal });
}

async function untilGone(session: Session, { claims, owners }: Aside, say: (reason: string) => void): Promise<void> {
  const { kube, signal } = session;
  const since = Date.now();
  const waited = await waitUntil(
    async () => {
      const left: string[] = [];
      for (const { ref, uid } of [...owners, ...claims]) {
        const live = await kube.get(ref, { signal, metadataOnly: true });
        if (live?.metadata.uid !== uid) continue;
        const finalizers = live.metadata.finalizers?.join(', ');
        left.push(`${refText(ref)}${finalizers ? ` (finalizers ${finalizers})` : ''}`);
      }
      return left.length === 0 ? { done: true } : { notYet: `waits until it is gone: ${left.slice(0, 3).join('; ')}` };
    },
    { everyMs: 500, deadlineAt: () => since + goneWithinMs, signal, say },
  );
  if ('overdue' in waited)
    throw new DriverError(
      'Conflict',
      `setting aside ${waited.overdue}, for two minutes now; see what holds it, then retry with mode setAside`,
    );
}

function linesOf({ claims, owners, volumes, copies }: Aside): readonly string[] {
  const gone = owners.length > 0 ? `; ${owners.map(({ ref }) => refText(ref)).join(', ')} was removed with it` : '';
  return claims.map(({ ref, volume }) => {
    const before = volumes.find(({ name }) => name === volume)?.policyBefore;
    const kept = volume
      ? `its volume ${volume} is kept${before ? ` (Retain, was ${before})` : ''}`
      : 'it had no volume';
    return `${refText(ref)} was set aside: ${kept}${gone}; copies are in Secret ${controlNamespace}/${copies}`;
  });
}
