import { refKey, refText } from '../model/verdict.ts';
import type { Accounted } from './accounting.ts';
import type { RestoredEntry, ResultTexts } from './results.ts';

/** What was accepted of one Restore, with what that Restore says of each object. */
export interface Borne {
  /** The errors that the plan or a person accepted; none = nothing was. */
  readonly texts: readonly ResultTexts[];
  readonly entries: readonly RestoredEntry[];
}

/**
 * Who accepts an error accepts that its object is missing: what an accepted text names, or what the Restore says failed.
 * Only what is missing: a thing that was there before stays `existing`. Only beside something that the step did create: a
 * step that restored nothing is never done. Pure.
 */
export function bear(accounted: readonly Accounted[], borne: Borne): readonly Accounted[] {
  if (borne.texts.length === 0 || !accounted.some(({ account }) => account === 'created')) return accounted;
  const failed = new Set(borne.entries.filter(({ action }) => action === 'failed').map((entry) => refKey(entry)));
  const texts = borne.texts.flatMap((group) => group.texts);
  return accounted.map((found) =>
    found.account === 'missing' && (failed.has(refKey(found.at)) || isNamed(texts, found))
      ? { ...found, account: 'accepted' }
      : found,
  );
}

/** Exceptions that are told one by one; the report's list of missing objects has them all. */
const told = 10;

/** The accepted objects for the report, by name; `what` is the Restore. */
export function borneLines(what: string, accounted: readonly Accounted[]): readonly string[] {
  const found = accounted.filter(({ account }) => account === 'accepted');
  const lines = found
    .slice(0, told)
    .map(({ at, why }) => `${what}: ${refText(at)} did not come back (${why ?? 'missing'}), accepted with its error`);
  return found.length > told
    ? [...lines, `${what}: ${found.length - told} more objects did not come back, accepted with their errors`]
    : lines;
}

/** Velero's errors say `configmaps/shop/banner`, in the namespace that it restores into. 1.18.3, pkg/restore/restore.go, getResourceID. */
function isNamed(texts: readonly string[], { item, at }: Accounted): boolean {
  const ids = [item, at].map(({ resource, namespace, name }) => [resource, namespace ?? [], name].flat().join('/'));
  return texts.some((text) => ids.some((id) => mentions(text, id)));
}

/** Whether a text holds an identifier whole: `configmaps/shop/a` is not in `configmaps/shop/a.b`, and is in `… configmaps/shop/a.` */
function mentions(text: string, id: string): boolean {
  for (let at = text.indexOf(id); at >= 0; at = text.indexOf(id, at + 1)) {
    const goesOn = /^(?:[\w/-]|\.\w)/.test(text.slice(at + id.length, at + id.length + 2));
    if (!goesOn && !/[\w./-]$/.test(text.slice(0, at))) return true;
  }
  return false;
}
