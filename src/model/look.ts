import type { Preview } from './preview.ts';
import type { FindingReport } from './report.ts';
import type { TierName } from './tiers.ts';

/**
 * Runs on a queue of this name only look, whatever their input says: nobody but a worker that knows this rule polls it.
 * The template runs that fill in the UI's form live there.
 */
export const lookOnlyQueueSuffix = '-look-only';

/** The queue beside a queue of recoveries on which runs only look. */
export function lookOnlyQueueOf(queue: string): string {
  return `${queue}${lookOnlyQueueSuffix}`;
}

/** Memo fields of runs that only look: lists of recoveries leave them out. */
export const lookOnlyMemo = {
  /** `true` on every run that only looks. */
  lookOnly: 'lookOnly',
  /** On a template run: sha256 of the plan's file when it was started. */
  planSha256: 'planSha256',
} as const;

/** Findings that go into a history; the others are counted. */
export const mostFindingsShown = 30;

/** The result of a run that only looked. It is no report: nothing was recovered. */
export interface LookedOnly {
  readonly lookedOnly: true;
  /** What this run did and did not do, and what to do to restore. */
  readonly message: string;
  readonly plan: string;
  readonly planSha256: string;
  readonly site: string;
  readonly cluster: string;
  /** ISO 8601. */
  readonly lookedAt: string;
  readonly backup?: string;
  readonly verdict: Preview['verdict'];
  /** Blocking ones first. */
  readonly findings: readonly FindingReport[];
  readonly findingsCut: number;
  readonly steps: readonly {
    readonly tier: TierName;
    readonly name: string;
    readonly driver: string;
    readonly objects: number;
  }[];
  readonly fates: Preview['fates'];
  /** What was written while looking, one sentence. */
  readonly written: string;
}

/** Whether a value read from Temporal is the result of a run that only looked. */
export function isLookedOnly(value: unknown): value is LookedOnly {
  if (typeof value !== 'object' || value === null) return false;
  const { lookedOnly, message, verdict }: Record<string, unknown> = { ...value };
  return lookedOnly === true && typeof message === 'string' && typeof verdict === 'string';
}
