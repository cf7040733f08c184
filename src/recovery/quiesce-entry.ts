import type { Before } from '../model/quiesce.ts';
import { type ObjectRef, refKey } from '../model/verdict.ts';
import { shortHash } from './names.ts';

/** Keys of a ledger that begin so are about what was stopped. */
export const quiescePrefix = 'quiesce.';

/** What a ledger says of one object that the plan stops. Written before the object is touched. */
export interface QuiesceEntry extends ObjectRef {
  /** Which entry of the plan's `quiesce` it falls under: put back in reverse. */
  readonly order: number;
  /** `coming`: a step brings it, stopped. `was already`: stopped by somebody else, and never started by us. */
  readonly state: 'quiesced' | 'coming' | 'was already' | 'put back';
  readonly before: Before;
}

/** The key of an object's entry; one for each object, whatever the version it is served at. */
export function quiesceKey(ref: ObjectRef): string {
  return `${quiescePrefix}${shortHash(refKey(ref), 16)}`;
}
