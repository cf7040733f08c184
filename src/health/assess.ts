import type { KubeObject } from '../kube/types.ts';
import type { Verdict } from '../model/verdict.ts';

/** What a judgement may look at beside the object: pods, claims, snapshots, storage classes, already fetched. */
export interface Related {
  /** All objects of a kind in a namespace (or cluster-scoped when absent); empty when none were fetched. */
  of(kind: string, namespace?: string): readonly KubeObject[];
  /** Whether `of` is the whole truth: false when the kind was not, or could not be, looked at. */
  knows(kind: string, namespace?: string): boolean;
  /** Whether the kind's schema has a status at all; undefined when not known. */
  hasStatus(object: KubeObject): boolean | undefined;
}

/** The rule of one kind: pure, one file in `src/health/objects`, one line in the registry there. */
export interface KindRule {
  /** API group, `''` for core. */
  readonly group: string;
  readonly kind: string;
  /** Kinds that it may ask `Related` for: they are fetched when it asks. */
  readonly needs?: readonly { readonly apiVersion: string; readonly kind: string }[];
  /** Verdict reasons that no waiting can mend: something must be changed first. All others count as suspect: they may heal. */
  readonly terminal?: readonly string[];
  /**
   * What a person laid aside in the spec or by an annotation, asked before the generations are compared: a controller that
   * leaves an object alone does not follow its generation either. The same for a failure that a controller tells while it
   * keeps the number of the last generation that it could carry out.
   */
  aside?(object: KubeObject): Verdict | undefined;
  assess(object: KubeObject, related: Related, now: Date): Verdict;
}
