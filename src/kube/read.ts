import type { KubeObject } from './types.ts';

/** A plain JSON object, whatever its fields are. */
export function isRecord(value: unknown): value is { readonly [field: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of field names; undefined where the path leads nowhere. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let here: unknown = value;
  for (const field of path) {
    if (!isRecord(here)) return undefined;
    here = here[field];
  }
  return here;
}

/** The text at a path; undefined when it is not there or not a text. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** The finite number at a path; undefined when it is not there or not one. YAML knows .inf and .nan, Kubernetes does not. */
export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = valueAt(value, ...path);
  return Number.isFinite(found) ? Number(found) : undefined;
}

/** The list at a path; empty when it is not there or not a list. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** True when the value has what every object of a cluster has: apiVersion, kind and a name. */
export function isKubeObject(value: unknown): value is KubeObject {
  return (
    textAt(value, 'apiVersion') !== undefined &&
    textAt(value, 'kind') !== undefined &&
    textAt(value, 'metadata', 'name') !== undefined
  );
}

/** Parses JSON; undefined when the text is none. */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
