import { KubeError } from '../kube/error.ts';
import type { KubeClient, KubeObject } from '../kube/types.ts';
import type { Before } from '../model/quiesce.ts';
import type { ObjectRef } from '../model/verdict.ts';
import type { QuiesceKind } from './kind.ts';
import { marking, markOf, unmarking } from './marks.ts';

/** How often a change is tried against one that came between. */
const tries = 5;

/** How an object was found when it was to be stopped. */
export type Stopped =
  | { readonly state: 'quiesced'; readonly before: Before }
  | { readonly state: 'was already' }
  | { readonly state: 'missing' }
  /** Another recovery has stopped it. */
  | { readonly state: 'foreign'; readonly by: string }
  /** It cannot be stopped; `why` is the rest of a sentence. */
  | { readonly state: 'refused'; readonly why: string };

/** What stopping one object takes. */
export interface StopInput {
  readonly kube: KubeClient;
  readonly kind: QuiesceKind;
  readonly ref: ObjectRef;
  readonly recovery: string;
  /** Called before the object is touched, with what it was; the last chance to refuse. */
  remember(found: Stopped): Promise<void>;
  readonly signal: AbortSignal;
}

/** What is to be said of an object before anything is done to it. Pure. */
export function judgeStop(kind: QuiesceKind, object: KubeObject | undefined, recovery: string): Stopped {
  if (!object) return { state: 'missing' };
  const mark = markOf(object);
  if (mark && mark.by !== recovery) return { state: 'foreign', by: mark.by };
  if (mark) return { state: 'quiesced', before: mark.before ?? kind.beforeOf(object) };
  if (kind.quiesced(object)) return { state: 'was already' };
  const why = kind.refuses?.(object);
  return why === undefined ? { state: 'quiesced', before: kind.beforeOf(object) } : { state: 'refused', why };
}

/**
 * Stops an object once. What it was is remembered first; then mark and change go in one patch, so that no crash leaves one
 * without the other, and only if the object is still as it was looked at. One that is marked as ours and runs again (somebody
 * or a GitOps controller took the change back) is stopped anew, its mark kept.
 */
export async function stopObject(input: StopInput): Promise<Stopped> {
  const { kube, kind, ref, recovery, signal } = input;
  for (let left = tries; ; left -= 1) {
    const object = await kube.get(ref, { signal });
    const found = judgeStop(kind, object, recovery);
    if (found.state === 'quiesced' || found.state === 'was already') await input.remember(found);
    if (!object || found.state !== 'quiesced') return found;
    if (markOf(object) && kind.quiesced(object)) return found;
    try {
      const metadata = { ...guard(object), annotations: marking(recovery, found.before) };
      await kube.patch(ref, 'merge', { metadata, ...kind.patchFor(object) }, { signal });
      return found;
    } catch (error) {
      if (!isRaced(error) || left <= 1) throw error;
    }
  }
}

/** How putting an object back ended. */
export type PutBack =
  | { readonly state: 'put back'; readonly why?: string }
  | { readonly state: 'left quiesced'; readonly why: string }
  | { readonly state: 'not there' };

/** What putting one object back takes. */
export interface PutBackInput {
  readonly kube: KubeClient;
  readonly kind: QuiesceKind;
  readonly ref: ObjectRef;
  readonly recovery: string;
  /** What the ledger says of it; absent where there is no ledger: the object's own note counts. */
  readonly before?: Before;
  readonly signal: AbortSignal;
}

/** Starts an object again as it was, once, and takes the mark off: one patch. What somebody has started meanwhile stays as they want it. */
export async function putBackObject(input: PutBackInput): Promise<PutBack> {
  const { kube, ref, signal } = input;
  for (let left = tries; ; left -= 1) {
    const object = await kube.get(ref, { signal });
    if (!object) return { state: 'not there' };
    const next = judgePutBack(input, object);
    if ('done' in next) return next.done;
    try {
      await kube.patch(ref, 'merge', next.patch, { signal });
      return { state: 'put back', ...(next.why ? { why: next.why } : {}) };
    } catch (error) {
      if (!isRaced(error) || left <= 1) throw error;
    }
  }
}

type Next = { readonly done: PutBack } | { readonly patch: object; readonly why?: string };

function judgePutBack({ kind, recovery, before: known }: PutBackInput, object: KubeObject): Next {
  const mark = markOf(object);
  const left = (why: string): Next => ({ done: { state: 'left quiesced', why } });
  if (!mark) {
    // Between our patch and the note of it, or by hand: it runs, which is what putting back is for.
    if (!kind.quiesced(object)) return { done: { state: 'put back' } };
    return left(`its annotation is gone, so somebody else keeps it as it is; it was ${JSON.stringify(known ?? {})}`);
  }
  if (mark.by !== recovery) return left(`recovery ${mark.by} has it quiesced now`);
  const metadata = { ...guard(object), annotations: unmarking };
  if (!kind.quiesced(object)) return { patch: { metadata }, why: 'somebody had started it again before us' };
  const before = known ?? mark.before;
  if (!before) return left('its annotation does not say any more how it was; start it by hand');
  return { patch: { metadata, ...kind.patchBack(object, before) } };
}

/** In a merge patch: refused with 409 where the object has changed since. */
function guard(object: KubeObject): { readonly resourceVersion?: string } {
  const { resourceVersion } = object.metadata;
  return resourceVersion === undefined ? {} : { resourceVersion };
}

function isRaced(error: unknown): boolean {
  return error instanceof KubeError && error.code === 409;
}
