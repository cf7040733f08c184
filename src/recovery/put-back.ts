import { setTimeout as sleep } from 'node:timers/promises';
import { KubeError } from '../kube/error.ts';
import type { KubeClient } from '../kube/types.ts';
import { forHistory } from '../model/redact.ts';
import type { QuiesceReport } from '../model/report.ts';
import { refText } from '../model/verdict.ts';
import { putBackObject, type PutBack } from '../quiesce/apply.ts';
import { quiesceKindOf } from '../quiesce/registry.ts';
import type { QuiesceEntry } from './quiesce-entry.ts';
import { mayPass } from './wait.ts';

/** How long what does not go is tried again, ms, before it is reported as left: a webhook or a right that is missing for a moment. */
const patienceMs = 45_000;

/** What putting everything back takes. */
export interface PutBackAll {
  readonly kube: KubeClient;
  readonly recovery: string;
  /** Without `before` the object's own note counts. */
  readonly entries: readonly (Omit<QuiesceEntry, 'before'> & Partial<Pick<QuiesceEntry, 'before'>>)[];
  /** Before each act: whether one may still act. */
  check(): Promise<void>;
  /** After each object that was put back. */
  note(entry: PutBackAll['entries'][number]): Promise<void>;
  say(reason: string): void;
  readonly signal: AbortSignal;
  readonly patienceMs?: number;
}

type Entry = PutBackAll['entries'][number];

/**
 * Puts everything back in reverse order. What does not go keeps nobody else waiting: it is tried again for a while and then
 * reported. Throws KubeError where the cluster does not answer at all: then nothing can be said.
 */
export async function putBackAll(input: PutBackAll): Promise<readonly QuiesceReport[]> {
  const end = Date.now() + (input.patienceMs ?? patienceMs);
  const done = new Map<Entry, QuiesceReport>();
  let open = input.entries.toSorted(inReverse);
  while (open.length > 0) {
    const failed: { readonly entry: Entry; readonly error: KubeError }[] = [];
    for (const entry of open) {
      try {
        done.set(entry, await putBackOne(input, entry));
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        if (error.reason === 'Aborted') throw error;
        failed.push({ entry, error });
      }
    }
    const last = Date.now() >= end;
    for (const { entry, error } of failed) {
      if (last && error.code === 0) throw error;
      if (last || !mayHeal(error)) done.set(entry, lineOf(entry, { state: 'left quiesced', why: error.message }));
    }
    open = failed.flatMap(({ entry }) => (done.has(entry) ? [] : [entry]));
    if (open.length > 0) await sleep(1000, undefined, { signal: input.signal });
  }
  return input.entries.toSorted(inReverse).flatMap((entry) => done.get(entry) ?? []);
}

/** A 403 also of an API server that has just started, a 409 of somebody who changes the object again and again. */
function mayHeal(error: KubeError): boolean {
  return mayPass(error) || error.code === 403 || error.code === 409;
}

async function putBackOne(input: PutBackAll, entry: Entry): Promise<QuiesceReport> {
  const { kube, recovery, signal } = input;
  const kind = quiesceKindOf(entry);
  if (entry.state === 'was already') return lineOf(entry, { state: 'was already' });
  if (entry.state === 'put back') return lineOf(entry, { state: 'put back' });
  if (!kind) return lineOf(entry, { state: 'left quiesced', why: 'this version does not know its kind' });
  input.say(`puts ${refText(entry)} back`);
  await input.check();
  const { apiVersion, kind: name, namespace } = entry;
  const ref = { apiVersion, kind: name, name: entry.name, ...(namespace ? { namespace } : {}) };
  const before = entry.before ? { before: entry.before } : {};
  const ended = await putBackObject({ kube, kind, ref, recovery, ...before, signal });
  if (ended.state === 'put back') await input.note(entry);
  return lineOf(entry, ended);
}

const notThere: { readonly [state: string]: string } = {
  quiesced: 'it is gone since it was quiesced',
  coming:
    'no step has brought it; should a Restore that still runs bring it, it comes quiesced: `rekindle put-back` then puts it back',
};

function lineOf(entry: Entry, ended: PutBack | { readonly state: 'was already' }): QuiesceReport {
  const { kind, namespace = '', name } = entry;
  const told = 'why' in ended ? ended.why : undefined;
  const why = ended.state === 'not there' ? notThere[entry.state] : told;
  return { kind, namespace, name, state: ended.state, ...(why ? { why: forHistory(why, 300) } : {}) };
}

function inReverse(a: Entry, b: Entry): number {
  return b.order - a.order || (refText(a) < refText(b) ? 1 : -1);
}
