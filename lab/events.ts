import { LabError } from './run.ts';

/** How much of a lab: a whole site with a node and its storage, or an API server with its database and controllers. */
export type LabLevel = 'site' | 'control-plane';

/** One thing that happened while a lab came up or went down. */
export interface LabEvent {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** What is being worked at, for example "build kube" or "API server". */
  readonly part: string;
  readonly state: 'started' | 'done' | 'failed' | 'note';
  /** How long the part took; on `done` and `failed`. */
  readonly seconds?: number;
  readonly message?: string;
  readonly progress?: { readonly done: number; readonly total: number };
}

/** Takes events as they happen. */
export type Report = (event: LabEvent) => void;

// An error passes through every part that the failed one is a part of; its text is shown once.
const told = new WeakSet<Error>();

/** Runs one part of the work and reports when it starts and how it ends. */
export async function part<T>(report: Report, name: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  report({ at: now(), part: name, state: 'started' });
  try {
    const result = await work();
    report({ at: now(), part: name, state: 'done', seconds: secondsSince(startedAt) });
    return result;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const shown = error instanceof Error && told.has(error) ? {} : { message };
    report({ at: now(), part: name, state: 'failed', seconds: secondsSince(startedAt), ...shown });
    const thrown = error instanceof LabError ? error : new LabError(`${name}: ${message}`, { cause: error });
    told.add(thrown);
    throw thrown;
  }
}

/** Waits for all, also after one has failed, so that nothing is still at work when the failure is told. */
export async function together<T extends readonly unknown[]>(works: {
  readonly [K in keyof T]: Promise<T[K]>;
}): Promise<T> {
  await Promise.allSettled(works);
  return Promise.all(works) as Promise<unknown> as Promise<T>;
}

/** Says something in between; with `progress` it replaces the note before. */
export function note(report: Report, name: string, message: string, progress?: LabEvent['progress']): void {
  report({ at: now(), part: name, state: 'note', message, ...(progress === undefined ? {} : { progress }) });
}

function now(): string {
  return new Date().toISOString();
}

function secondsSince(start: number): number {
  return Math.round(performance.now() - start) / 1000;
}
