import { valueAt } from '../kube/read.ts';
import type { KubeObject } from '../kube/types.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Before, QuiesceKindName } from '../model/quiesce.ts';

/**
 * How objects of one kind are stopped and started again: one file in `kinds`, one line in the registry. Pure. Patches are
 * JSON merge patches (RFC 7386): null removes.
 */
export interface QuiesceKind {
  readonly kind: QuiesceKindName;
  /** Looked for first; where the cluster serves another version alone, that one is taken. */
  readonly apiVersion: string;
  readonly plural: string;
  /** Why an object cannot be stopped, the rest of a sentence; undefined, or absent: it can. */
  refuses?(object: KubeObject): string | undefined;
  /** What stopping it will change, as it is now. */
  beforeOf(object: KubeObject): Before;
  /** Whether it is stopped, by whomever. */
  quiesced(object: KubeObject): boolean;
  patchFor(object: KubeObject): JsonObject;
  /** What starts it again; fields that somebody has changed beside ours stay as they are. */
  patchBack(object: KubeObject, before: Before): JsonObject;
}

/** What `flagged` and `scaled` make: everything but the names. */
type Ways = Pick<QuiesceKind, 'beforeOf' | 'quiesced' | 'patchFor' | 'patchBack'>;

/** Of a kind that a flag in its spec stops: `suspend`, `paused`. */
export function flagged(field: string): Ways {
  return {
    beforeOf: (object) => ({ [field]: jsonAt(object, 'spec', field) }),
    quiesced: (object) => valueAt(object, 'spec', field) === true,
    patchFor: () => ({ spec: { [field]: true } }),
    patchBack: (_object, before) => ({ spec: { [field]: before[field] ?? null } }),
  };
}

/** Of a workload: stopped is zero replicas. Left out, `replicas` is 1: the API server's default, which it is again. */
export const scaled: Ways = {
  beforeOf: (object) => ({ replicas: jsonAt(object, 'spec', 'replicas') }),
  quiesced: (object) => valueAt(object, 'spec', 'replicas') === 0,
  patchFor: () => ({ spec: { replicas: 0 } }),
  patchBack: (_object, before) => ({ spec: { replicas: before['replicas'] ?? null } }),
};

/** The value at a path as JSON; null where there is none, so that a merge patch with it removes again. */
export function jsonAt(object: unknown, ...path: readonly string[]): Json {
  const value = valueAt(object, ...path);
  return value === undefined ? null : (value as Json);
}
