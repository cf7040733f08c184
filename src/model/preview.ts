import type { PinnedBackup } from './backup.ts';
import type { FindingReport } from './report.ts';
import type { TierName } from './tiers.ts';
import type { ObjectRef } from './verdict.ts';

/** What would become of an object of the Backup, if the plan ran now. */
export const fates = [
  /** A step restores it. */
  'restored',
  /** A step would, but something of that name is there already: the step would be held. */
  'inTheWay',
  /** This recovery has restored it before (a resume). */
  'there',
  /** Every namespace has one: kube-root-ca.crt, the default ServiceAccount. */
  'usual',
  /** Came with the new cluster. */
  'platform',
  /** Its owner, which a step restores, makes it anew. */
  'derived',
  /** No step ever restores its kind. */
  'excluded',
  /** Listed under the plan's `ignore`. */
  'ignored',
  /** No step restores it, and nothing else accounts for it. */
  'leftOver',
] as const;
export type Fate = (typeof fates)[number];

export interface PreviewObject extends ObjectRef {
  readonly fate: Fate;
  /** The steps whose filter takes it, in the order in which they run. */
  readonly steps: readonly string[];
  /** Why no step restores it, or what is in its way. */
  readonly why?: string;
}

/** One step, and what it would bring. */
export interface PreviewStep {
  readonly tier: TierName;
  readonly name: string;
  readonly driver: string;
  /** How many objects of each kind; of the Backup, or of the driver's own files. */
  readonly kinds: { readonly [kind: string]: number };
  readonly objects: number;
}

/** One object that a run would stop, and when. */
export interface PreviewQuiesced {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** `was already`: by somebody else; left alone, also at the end. */
  readonly how: 'at the start' | 'as it comes back' | 'was already';
  /** The step that brings it. */
  readonly step?: string;
}

/** What a plan would do now, and what stands in its way. Nothing of it has been done. */
export interface Preview {
  readonly plan: string;
  readonly planSha256: string;
  readonly site: string;
  readonly cluster: { readonly context: string; readonly server: string };
  /** ISO 8601. */
  readonly lookedAt: string;
  readonly backup?: PinnedBackup;
  readonly verdict: 'clear' | 'warnings' | 'blocked';
  /** Blocking ones first. */
  readonly findings: readonly FindingReport[];
  readonly steps: readonly PreviewStep[];
  /** How many objects of the Backup have each fate. */
  readonly fates: { readonly [F in Fate]: number };
  /** What would be stopped, in this order; absent where the plan stops nothing. */
  readonly quiesce?: readonly PreviewQuiesced[];
  /** Every object of the Backup. */
  readonly objects: readonly PreviewObject[];
  /** What was written while looking, one sentence. */
  readonly written: string;
}

/** What findings mean for a plan. */
export function verdictOf(findings: readonly Pick<FindingReport, 'severity'>[]): Preview['verdict'] {
  if (findings.some(({ severity }) => severity === 'block')) return 'blocked';
  return findings.some(({ severity }) => severity === 'warn') ? 'warnings' : 'clear';
}
