import { isRecord } from './read.ts';
import type { KubeObject } from './types.ts';

/** The object after a JSON merge patch (RFC 7386), as an API server takes it: null removes. The patch touches no name and no kind. Pure. */
export function mergePatched(object: KubeObject, patch: object): KubeObject {
  const { apiVersion, kind } = object;
  const merged = merge(object, patch);
  const metadata = isRecord(merged['metadata']) ? merged['metadata'] : {};
  return { ...merged, apiVersion, kind, metadata: { ...metadata, name: object.metadata.name } };
}

function merge(before: unknown, patch: object): { readonly [field: string]: unknown } {
  const result = new Map(Object.entries(isRecord(before) ? before : {}));
  for (const [field, value] of Object.entries(patch) as [string, unknown][]) {
    if (value === null) result.delete(field);
    else result.set(field, isRecord(value) ? merge(result.get(field), value) : value);
  }
  return Object.fromEntries(result);
}
