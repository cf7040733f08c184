import { currentUpdateInfo } from '@temporalio/workflow';

/** Workflow time, ISO 8601 UTC with milliseconds. */
export function now(): string {
  return new Date().toISOString();
}

/** So many milliseconds after a time, ISO 8601. */
export function after(time: string, ms: number): string {
  return new Date(Date.parse(time) + ms).toISOString();
}

/** A decision as its handler took it; noted with the caller's identity by the run itself. */
export interface Taken<Input> {
  readonly input: Input;
  readonly at: string;
  readonly updateId?: string;
}

/** What an Update's handler has just been given. */
export function taken<Input>(input: Input): Taken<Input> {
  const id = currentUpdateInfo()?.id;
  return { input, at: now(), ...(id ? { updateId: id } : {}) };
}
