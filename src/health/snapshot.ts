import type { KubeObject } from '../kube/types.ts';
import { degraded, healthy, progressing, type Verdict } from '../model/verdict.ts';
import type { Related } from './assess.ts';
import { bindsBack } from './claim-snapshot.ts';
import { hasStatusContent, oneLine, textAt, valueAt } from './read.ts';

/** Where a snapshot, of one volume or of a group, names its content, and the content it. */
export interface SnapshotFields {
  readonly contentKind: string;
  readonly bound: string;
  readonly ref: string;
}

/** The verdict on a snapshot: ready to use, and bound to a content that binds back. Pure. */
export function snapshotVerdict(object: KubeObject, related: Related, fields: SnapshotFields): Verdict {
  if (!hasStatusContent(object)) return progressing('NoStatus', 'the snapshot controller has not looked at it yet');
  const contentName = textAt(object, 'status', fields.bound);
  const content =
    contentName === undefined
      ? undefined
      : related.of(fields.contentKind).find(({ metadata }) => metadata.name === contentName);
  if (contentName !== undefined && content === undefined && related.knows(fields.contentKind))
    return degraded('ContentMissing', `its ${fields.contentKind} ${contentName} is not there`);
  if (content !== undefined && !bindsBack(content, object, fields.ref))
    return degraded('BoundElsewhere', `its ${fields.contentKind} ${content.metadata.name} belongs to another snapshot`);
  if (valueAt(object, 'status', 'readyToUse') === true)
    return healthy('ReadyToUse', contentName === undefined ? '' : `bound to ${contentName}`);
  const error = textAt(object, 'status', 'error', 'message');
  if (error !== undefined) return degraded('SnapshotError', oneLine(error));
  return progressing(
    'NotReadyToUse',
    contentName === undefined ? 'is not bound to a content yet' : 'is not ready to use yet',
  );
}

/** The verdict on a content: the storage says that it can be used. Pure. */
export function contentVerdict(object: KubeObject, handle: string): Verdict {
  if (!hasStatusContent(object)) return progressing('NoStatus', 'the CSI snapshotter has not looked at it yet');
  if (valueAt(object, 'status', 'readyToUse') === true)
    return healthy('ReadyToUse', `snapshot ${textAt(object, 'status', handle) ?? ''}`);
  const error = textAt(object, 'status', 'error', 'message');
  if (error !== undefined) return degraded('SnapshotError', oneLine(error));
  return progressing('NotReadyToUse', 'is not ready to use yet');
}
