import { isRecord, parseJson } from '../kube/read.ts';
import type { KubeObject } from '../kube/types.ts';
import type { JsonObject } from '../model/json.ts';
import type { Before } from '../model/quiesce.ts';

/** On an object that we have stopped: for which recovery, and how it was before. */
export const quiescedByAnnotation = 'rekindle.dev/quiesced-by';
export const beforeAnnotation = 'rekindle.dev/before';

/** Who has stopped an object, as it says itself. */
export interface Mark {
  readonly by: string;
  /** Absent where somebody has made the note unreadable. */
  readonly before?: Before;
}

/** The mark on an object; undefined where nobody has stopped it for a recovery. */
export function markOf(object: { readonly metadata: KubeObject['metadata'] }): Mark | undefined {
  const { annotations = {} } = object.metadata;
  const by = annotations[quiescedByAnnotation];
  if (by === undefined || by === '') return undefined;
  const before = parseJson(annotations[beforeAnnotation] ?? '');
  return isRecord(before) ? { by, before: before as Before } : { by };
}

/** The annotations that mark an object. */
export function marking(recovery: string, before: Before): { readonly [key: string]: string } {
  return { [quiescedByAnnotation]: recovery, [beforeAnnotation]: JSON.stringify(before) };
}

/** In a merge patch: takes the mark off. */
export const unmarking: JsonObject = { [quiescedByAnnotation]: null, [beforeAnnotation]: null };
