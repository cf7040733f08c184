import type { PinnedBackup, BackupItem } from '../model/backup.ts';
import type { WebhookFacts } from '../model/backup.ts';
import type { KubeObject } from '../kube/types.ts';
import type { Plan } from '../model/plan.ts';
import type { Fate } from '../model/preview.ts';
import type { FindingReport } from '../model/report.ts';
import type { TierName } from '../model/tiers.ts';
import type { ActNeed } from './act-needs.ts';
import type { QuiesceSight } from './quiescing.ts';

/** Where a step stands in the order of the run. */
export interface Place {
  readonly step: string;
  readonly tier: TierName;
  /** 0 for the first tier. */
  readonly order: number;
}

/** An object of the Backup with what would become of it. */
export interface Assigned {
  readonly item: BackupItem;
  /** The item where it would stand, after the plan's namespaceMapping. */
  readonly at: BackupItem;
  readonly fate: Fate;
  /** The steps that take it, in the order in which they run. */
  readonly places: readonly Place[];
  readonly why?: string;
}

/** What a step makes from its own files. */
export interface Brought {
  readonly place: Place;
  readonly objects: readonly KubeObject[];
}

/** A kind at a version that the Backup holds, and what the cluster has of it. */
export interface ServedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resource: string;
  readonly served: boolean;
  /** The version at which the cluster serves it instead. */
  readonly insteadAt?: string;
}

/** What the cluster has; all of it read once. What may not be read is empty here and named in `unread`. */
export interface LiveFacts {
  /** Of the plan's namespaces and of those that are restored into. */
  readonly namespaces: readonly KubeObject[];
  /** Workloads and claims in the plan's namespaces. */
  readonly siteObjects: readonly KubeObject[];
  readonly kinds: readonly ServedKind[];
  readonly storageClasses: readonly ClassFacts[];
  readonly snapshotDrivers: readonly string[];
  readonly priorityClasses: readonly string[];
  readonly webhooks: readonly WebhookFacts[];
  /** `namespace/name` of the Services behind webhooks that have a ready endpoint. */
  readonly answering: readonly string[];
  readonly nodes: readonly NodeFacts[];
  readonly pods: readonly PodFacts[];
  readonly capacities: readonly CapacityFacts[];
  readonly velero: VeleroFacts;
  /** What the login may not do of what a run does. */
  readonly denied: readonly ActNeed[];
  /** What the plan stops and the cluster has; absent where it stops nothing. */
  readonly quiesce?: readonly QuiesceSight[];
  /** What the login may not read, as `Nodes`; what depends on it was not judged. */
  readonly unread: readonly string[];
}

export interface ClassFacts {
  readonly name: string;
  readonly isDefault: boolean;
  readonly waitsForConsumer: boolean;
}

export interface NodeFacts {
  readonly name: string;
  /** Ready, not cordoned, no taint that keeps ordinary pods away. */
  readonly schedulable: boolean;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly pods: number;
  readonly images: readonly string[];
}

export interface PodFacts {
  readonly node?: string;
  readonly running: boolean;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly images: readonly string[];
}

/** A CSIStorageCapacity. */
export interface CapacityFacts {
  readonly storageClass: string;
  readonly bytes: number;
  readonly largestBytes?: number;
}

export interface VeleroFacts {
  readonly namespace: string;
  /** Arguments of the server's container. */
  readonly args: readonly string[];
  readonly location?: { readonly name: string; readonly readOnly: boolean; readonly syncPeriod?: string };
  /** Absent: no DaemonSet of that name. */
  readonly nodeAgent?: { readonly ready: number; readonly wanted: number; readonly ignoresDelayBinding: boolean };
  /** Of the Backup: its volumes were moved to the object store by Velero's data mover. */
  readonly movesData: boolean;
  /** ISO 8601. */
  readonly expiration?: string;
  /** Volumes of pods that were copied file by file. */
  readonly fileCopies: readonly { readonly namespace: string; readonly pod: string }[];
  /** Schedules that are not paused. */
  readonly schedules: readonly string[];
}

/** Everything that is judged. Read once; the families look at nothing else. */
export interface Survey {
  readonly plan: Plan;
  readonly context: string;
  readonly now: Date;
  /** From when the data's age is counted. */
  readonly disasterAt: Date;
  readonly backup?: PinnedBackup;
  /** Goes on with an earlier run: what that one made is not in the way. */
  readonly resumed: boolean;
  /** The request says to restore though the site is still there. */
  readonly intoLiveSite: boolean;
  readonly recovery: string;
  /** A person looks, with a login that is not the worker's: what it lacks holds no run. */
  readonly byPerson: boolean;
  readonly objects: readonly Assigned[];
  readonly brought: readonly Brought[];
  readonly live: LiveFacts;
}

/** One question: reads the survey, says what it found. Pure. */
export interface Family {
  readonly name: string;
  judge(survey: Survey): readonly FindingReport[];
}

/** A finding that holds a run. */
export function block(reason: string, message: string, about: About = {}): FindingReport {
  return { severity: 'block', reason, message, ...about };
}

/** A finding for the report. */
export function warn(reason: string, message: string, about: About = {}): FindingReport {
  return { severity: 'warn', reason, message, ...about };
}

type About = Pick<FindingReport, 'step' | 'object'>;

/** `a, b, c and 4 more`. */
export function few(texts: readonly string[], most = 5): string {
  const shown = texts.slice(0, most).join(', ');
  return texts.length > most ? `${shown} and ${texts.length - most} more` : shown;
}

/** Objects that a step would restore. */
export function restoredOf(survey: Pick<Survey, 'objects'>): readonly Assigned[] {
  return survey.objects.filter(({ fate }) => fate === 'restored');
}

/** Groups in the order of first appearance. */
export function groupedBy<T>(list: readonly T[], keyOf: (entry: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const entry of list) {
    const key = keyOf(entry);
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  return groups;
}
