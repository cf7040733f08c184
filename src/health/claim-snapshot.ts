import type { KubeObject } from '../kube/types.ts';
import type { Related } from './assess.ts';
import { after, textAt, valueAt } from './read.ts';

/** What stands behind a claim that is to be made from a snapshot. */
export interface ClaimSnapshot {
  /** `ready`: snapshot and content are bound to each other and both are ready to use. `none`: the claim names no snapshot. */
  readonly state: 'ready' | 'not-ready' | 'none';
  /** For people: which snapshot, or what is missing. */
  readonly text: string;
}

/** The kinds that `claimSnapshot` asks for. */
export const snapshotNeeds = [
  { apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot' },
  { apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshotContent' },
] as const;

/**
 * Whether the data of a claim is there to be cloned: dataSource → VolumeSnapshot → VolumeSnapshotContent, bound in both
 * directions, both readyToUse. external-snapshotter v8 client/apis/volumesnapshot/v1/types.go: consumers must verify the
 * binding in both directions. Pure.
 */
export function claimSnapshot(claim: KubeObject, related: Related): ClaimSnapshot {
  const source = snapshotName(claim);
  if (source === undefined) return { state: 'none', text: 'names no snapshot: its volume would be empty' };
  const namespace = source.namespace ?? claim.metadata.namespace;
  const snapshot = related.of('VolumeSnapshot', namespace).find(({ metadata }) => metadata.name === source.name);
  const where = `VolumeSnapshot ${namespace ?? ''}/${source.name}`;
  if (snapshot === undefined) return { state: 'not-ready', text: `${where} is not there` };
  const missing = snapshotGap(snapshot, related);
  return missing === undefined
    ? { state: 'ready', text: `${where} is ready` }
    : { state: 'not-ready', text: `${where} ${missing}` };
}

/** dataSourceRef may name another namespace; the older dataSource may not. Both are written by the API server for a snapshot. */
function snapshotName(claim: KubeObject): { readonly name: string; readonly namespace?: string } | undefined {
  for (const field of ['dataSourceRef', 'dataSource']) {
    const name = textAt(claim, 'spec', field, 'name');
    if (name === undefined || textAt(claim, 'spec', field, 'kind') !== 'VolumeSnapshot') continue;
    const namespace = textAt(claim, 'spec', field, 'namespace');
    return namespace === undefined ? { name } : { name, namespace };
  }
  return undefined;
}

/** What a snapshot lacks before it can be used; undefined when nothing. */
export function snapshotGap(snapshot: KubeObject, related: Related): string | undefined {
  const contentName = textAt(snapshot, 'status', 'boundVolumeSnapshotContentName');
  if (contentName === undefined) return 'is not bound to a content yet';
  if (valueAt(snapshot, 'status', 'readyToUse') !== true)
    return `is not ready${after(textAt(snapshot, 'status', 'error', 'message'))}`;
  const content = related.of('VolumeSnapshotContent').find(({ metadata }) => metadata.name === contentName);
  if (content === undefined) return `is bound to VolumeSnapshotContent ${contentName}, which is not there`;
  if (!bindsBack(content, snapshot))
    return `is bound to VolumeSnapshotContent ${contentName}, which belongs to another snapshot`;
  if (valueAt(content, 'status', 'readyToUse') === true) return undefined;
  return `waits for VolumeSnapshotContent ${contentName}, which is not ready${after(textAt(content, 'status', 'error', 'message'))}`;
}

/** Whether a content names this snapshot; by UID too, once the content has one. A group's content names it in another field. */
export function bindsBack(content: KubeObject, snapshot: KubeObject, field = 'volumeSnapshotRef'): boolean {
  const ref = valueAt(content, 'spec', field);
  if (textAt(ref, 'name') !== snapshot.metadata.name || textAt(ref, 'namespace') !== snapshot.metadata.namespace)
    return false;
  const uid = textAt(ref, 'uid');
  return uid === undefined || snapshot.metadata.uid === undefined || uid === snapshot.metadata.uid;
}
