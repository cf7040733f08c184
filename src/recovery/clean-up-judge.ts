import { listAt, valueAt } from '../kube/read.ts';
import type { KubeObject } from '../kube/types.ts';
import { labelKeys } from '../model/labels.ts';
import type { LeftOver } from '../model/report.ts';
import { groupOf, type ObjectRef } from '../model/verdict.ts';
import { restoreNameLabel } from '../velero/api.ts';
import { textAt } from '../velero/fields.ts';

/**
 * What kind of leftover something is, in the order of removal: Restores that still run are waited for, custom resources
 * go while their operators are alive, what answers for them next, then the namespaces, then what is cluster-scoped.
 */
export const roles = [
  'restore',
  'custom',
  'guard',
  'namespace',
  'object',
  'content',
  'volume',
  'definition',
  'engine',
] as const;
export type Role = (typeof roles)[number];

/** Something of a drill that is there. */
export interface DrillObject {
  readonly role: Role;
  readonly object: KubeObject;
  /** Stays, for a reason that no waiting changes. */
  readonly stays?: string;
}

/** One act of a clean-up. */
export type CleanUpAct =
  | { readonly act: 'remove'; readonly object: KubeObject }
  | { readonly act: 'patch'; readonly object: KubeObject; readonly body: unknown };

const restoreEnds = ['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation'];

/** Whether Velero has begun with a Restore and not ended it: nothing stops it, and what it makes would come after us. */
function isAtWork({ object }: DrillObject): boolean {
  const phase = textAt(object, 'status', 'phase') ?? '';
  return object.kind === 'Restore' && phase !== '' && phase !== 'New' && !restoreEnds.includes(phase);
}

function isDeleting({ object }: DrillObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/**
 * What to do now. First that no snapshot and no volume of the live site can go with an object; then role after role, each
 * when those before are gone, or `patient` is over for them: one that is held by a finalizer must not keep the rest. Pure.
 */
export function nextActs(found: readonly DrillObject[], patient: boolean): readonly CleanUpAct[] {
  const safe = found.flatMap(safety);
  if (safe.length > 0) return safe;
  if (patient && found.some(isAtWork)) return found.flatMap(stopping);
  const acts: CleanUpAct[] = [];
  for (const role of roles) {
    const here = found.filter((one) => roleNow(one) === role && one.stays === undefined);
    acts.push(...here.filter((one) => isRemoved(one)).map(({ object }) => ({ act: 'remove' as const, object })));
    if (patient && here.length > 0) break;
  }
  return acts;
}

/** Velero's own objects go last: until then they say what was restored. */
function roleNow(one: DrillObject): Role {
  return one.role === 'restore' ? 'engine' : one.role;
}

/** A volume that was made for a claim goes with the claim: whoever made it deletes it. */
function isRemoved(one: DrillObject): boolean {
  if (isDeleting(one) || isAtWork(one)) return false;
  return one.role !== 'volume' || isBroughtVolume(one.object);
}

/** A queued Restore never begins; a data movement under way can be cancelled. */
function stopping(one: DrillObject): CleanUpAct[] {
  const { object } = one;
  if (object.kind === 'DataDownload') {
    const over = ['Completed', 'Failed', 'Canceled', 'Canceling'].includes(textAt(object, 'status', 'phase') ?? '');
    return over || valueAt(object, 'spec', 'cancel') === true
      ? []
      : [{ act: 'patch', object, body: { spec: { cancel: true } } }];
  }
  return isAtWork(one) || isDeleting(one) || object.kind !== 'Restore' ? [] : [{ act: 'remove', object }];
}

/** A volume that came as an object out of the Backup or a manifest, and was not made for a claim: it may be the live site's. */
export function isBroughtVolume(object: KubeObject): boolean {
  const { labels = {} } = object.metadata;
  return labels[restoreNameLabel] !== undefined || labels[labelKeys.step] !== undefined;
}

/** What must be so before anything is removed. */
function safety({ role, object }: DrillObject): CleanUpAct[] {
  if (role === 'content') return policyOf(object, ['spec', 'deletionPolicy'], holdsForeignSnapshot(object));
  if (role === 'volume') return policyOf(object, ['spec', 'persistentVolumeReclaimPolicy'], isBroughtVolume(object));
  return [];
}

function policyOf(object: KubeObject, path: readonly [string, string], foreign: boolean): CleanUpAct[] {
  const wanted = foreign ? 'Retain' : 'Delete';
  const [spec, field] = path;
  if (textAt(object, spec, field) === wanted || object.metadata.deletionTimestamp) return [];
  return [{ act: 'patch', object, body: { [spec]: { [field]: wanted } } }];
}

/** A content that names a snapshot, and did not make one, names the Backup's: it must outlive the drill. */
function holdsForeignSnapshot(object: KubeObject): boolean {
  return (
    textAt(object, 'spec', 'source', 'snapshotHandle') !== undefined ||
    valueAt(object, 'spec', 'source', 'groupSnapshotHandles') !== undefined ||
    object.metadata.labels?.[labelKeys.drill] !== undefined
  );
}

/** What is left, with why. Pure. */
export function leftOf(one: DrillObject): LeftOver {
  const { kind, metadata } = one.object;
  const name = metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;
  return { kind, name, why: one.stays ?? whyLeft(one) };
}

function whyLeft(one: DrillObject): string {
  const { object, role } = one;
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  if (isAtWork(one))
    return `Velero is still at work on it (${textAt(object, 'status', 'phase') ?? ''}), which nothing stops`;
  if (role === 'namespace' && deletionTimestamp) return namespaceWhy(object);
  if (deletionTimestamp)
    return finalizers.length > 0
      ? `is being deleted since ${deletionTimestamp}, held by finalizer ${finalizers.join(', ')}`
      : `is being deleted since ${deletionTimestamp}`;
  if (role === 'volume') {
    const message = textAt(object, 'status', 'message');
    return `its volume is not deleted yet (${textAt(object, 'status', 'phase') ?? 'no phase'}${message ? `: ${message}` : ''})`;
  }
  return 'not removed yet: what has to go before it is still there';
}

/** What a Namespace itself says of its end. Kubernetes 1.34, namespace controller's conditions. */
function namespaceWhy(object: KubeObject): string {
  const told = listAt(object, 'status', 'conditions')
    .filter((condition) => textAt(condition, 'status') === 'True' && textAt(condition, 'type') !== undefined)
    .flatMap((condition) => textAt(condition, 'message') ?? []);
  const since = `is being deleted since ${object.metadata.deletionTimestamp ?? ''}`;
  return told.length > 0 ? `${since}: ${told.join('; ')}` : since;
}

/** One line for a wait: the first of what is left, and how many more. */
export function leftText(left: readonly LeftOver[]): string {
  const [first, ...more] = left;
  if (!first) return 'nothing is left';
  return `${first.kind} ${first.name} ${first.why}${more.length > 0 ? `; and ${more.length} more` : ''}`;
}

const builtInGroups = new Set([
  '',
  'apps',
  'batch',
  'autoscaling',
  'policy',
  'extensions',
  'snapshot.storage.k8s.io',
  'groupsnapshot.storage.k8s.io',
  'velero.io',
]);

/** The role of something that carries a drill's label. Pure. */
export function roleOf({ apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>): Role {
  const group = groupOf(apiVersion);
  if (group === 'velero.io') return kind === 'Restore' ? 'restore' : 'engine';
  if (kind === 'Namespace' && group === '') return 'namespace';
  if (kind === 'PersistentVolume' && group === '') return 'volume';
  if (kind === 'VolumeSnapshotContent' || kind === 'VolumeGroupSnapshotContent') return 'content';
  if (kind === 'CustomResourceDefinition') return 'definition';
  if (['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration', 'APIService'].includes(kind)) return 'guard';
  return builtInGroups.has(group) || /(^|\.)k8s\.io$/.test(group) ? 'object' : 'custom';
}
