import type { CleanUpReport, Decision, QuiesceReport } from './report.ts';

/**
 * The result of a run that only removed what a drill had left, or, where something is still there, the first detail of its
 * failure. It is no report: nothing was rehearsed.
 */
export interface CleanedUp {
  readonly cleanedUp: true;
  /** One sentence: what this run did, and whether anything is left. */
  readonly message: string;
  /** The drill's. */
  readonly recovery: string;
  readonly plan: string;
  readonly site: string;
  readonly cluster: { readonly context: string; readonly uid: string };
  /** When the drill had begun, ISO 8601. */
  readonly drillStartedAt: string;
  readonly startedAt: string;
  readonly endedAt: string;
  /** Who asked for it, as stated, and why. */
  readonly askedBy?: Pick<Decision, 'by' | 'reason'>;
  /** Whose lock was taken over, in words. */
  readonly tookOver?: string;
  readonly cleanUp: CleanUpReport;
  /** What the drill had stopped in its cluster; absent where it stopped nothing. */
  readonly quiesce?: readonly QuiesceReport[];
  /** What else did not go as it should, a line each. */
  readonly exceptions?: readonly string[];
  readonly workerCrashes: number;
}

/** Whether a value read from Temporal is the result of a run that only cleaned up. */
export function isCleanedUp(value: unknown): value is CleanedUp {
  if (typeof value !== 'object' || value === null) return false;
  const { cleanedUp, message, cleanUp }: Record<string, unknown> = { ...value };
  return cleanedUp === true && typeof message === 'string' && typeof cleanUp === 'object' && cleanUp !== null;
}
