import type { KubeObject } from '../kube/types.ts';
import type { Related } from './assess.ts';
import { crdHasStatus, schemaHasStatus } from './statusless.ts';

/** `Related` over objects that are all at hand: for judging files. What is not among them is not known. */
export function relatedAmong(objects: readonly KubeObject[]): Related {
  const byKind = Map.groupBy(objects, (object) => object.kind);
  const definitions = byKind.get('CustomResourceDefinition') ?? [];
  return {
    of: (kind, namespace) => (byKind.get(kind) ?? []).filter((object) => object.metadata.namespace === namespace),
    knows: (kind) => byKind.has(kind),
    hasStatus: (object) => schemaHasStatus(object) ?? crdHasStatus(definitions, object),
  };
}
