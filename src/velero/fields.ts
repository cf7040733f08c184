/** Reads fields of raw JSON without trusting its shape: what is not as expected reads as absent. */

export type Fields = { readonly [key: string]: unknown };

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of keys; undefined where the path ends early. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const key of path) {
    if (!isFields(here)) return undefined;
    here = here[key];
  }
  return here;
}

/** A non-empty text at a path. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** A number at a path; 0 where there is none, as Kubernetes omits zeros. */
export function countAt(value: unknown, ...path: readonly string[]): number {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : 0;
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function textsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  return listAt(value, ...path).filter((entry) => typeof entry === 'string');
}

/** A map of texts at a path, other values dropped: labels, annotations. */
export function mapAt(value: unknown, ...path: readonly string[]): { readonly [key: string]: string } {
  const found = at(value, ...path);
  if (!isFields(found)) return {};
  const out: Record<string, string> = {};
  for (const [key, entry] of Object.entries(found)) if (typeof entry === 'string') out[key] = entry;
  return out;
}

/** A time at a path in milliseconds since 1970; undefined where there is none. */
export function timeAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = textAt(value, ...path);
  const time = found === undefined ? Number.NaN : Date.parse(found);
  return Number.isNaN(time) ? undefined : time;
}
