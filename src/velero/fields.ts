import { isRecord, listAt, valueAt } from '../kube/read.ts';

/** Reads fields of raw JSON without trusting its shape, beside what src/kube/read.ts has: what is not as expected reads as absent. */

/** A non-empty text at a path. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** A number at a path; 0 where there is none, as Kubernetes omits zeros. */
export function countAt(value: unknown, ...path: readonly string[]): number {
  const found = valueAt(value, ...path);
  return typeof found === 'number' ? found : 0;
}

export function textsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  return listAt(value, ...path).filter((entry) => typeof entry === 'string');
}

/** A map of texts at a path, other values dropped: labels, annotations. */
export function mapAt(value: unknown, ...path: readonly string[]): { readonly [key: string]: string } {
  const found = valueAt(value, ...path);
  if (!isRecord(found)) return {};
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
