import type { KubeObject } from '../kube/types.ts';
import type { JsonObject } from '../model/json.ts';
import type { QuiesceFacts } from '../model/quiesce.ts';
import { marking, markOf, unmarking } from './marks.ts';
import { quiesceKindOf } from './registry.ts';

/** What is to be known of an object that is not there yet, to stop it on its way; undefined of kinds that cannot be stopped. Pure. */
export function quiesceFacts(object: KubeObject): QuiesceFacts | undefined {
  const kind = quiesceKindOf(object);
  if (!kind) return undefined;
  const refused = kind.refuses?.(object);
  const mark = markOf(object);
  return {
    before: mark?.before ?? kind.beforeOf(object),
    quiet: mark === undefined && kind.quiesced(object),
    ...(mark ? { marked: true } : {}),
    ...(refused ? { refused } : {}),
  };
}

/** One object on its way into the cluster. */
interface Coming {
  readonly apiVersion: string;
  readonly kind: string;
  readonly facts: QuiesceFacts;
  /** The plan stops it. */
  readonly wanted: boolean;
}

/**
 * The merge patch for an object on its way: stopped and marked where the plan wants that; the mark of an earlier recovery, which
 * had it stopped when it was backed up, never comes back. Undefined where it comes as it is. Pure.
 */
export function patchOnTheWay(
  { apiVersion, kind: name, facts, wanted }: Coming,
  recovery: string,
): JsonObject | undefined {
  const kind = quiesceKindOf({ apiVersion, kind: name });
  if (!kind) return undefined;
  // No patch of ours looks at more of an object than `before` has.
  const object = { apiVersion, kind: name, metadata: { name: '' } };
  if (wanted && !facts.quiet && !facts.refused)
    return { metadata: { annotations: marking(recovery, facts.before) }, ...kind.patchFor(object) };
  if (!facts.marked) return undefined;
  return { metadata: { annotations: unmarking }, ...kind.patchBack(object, facts.before) };
}
