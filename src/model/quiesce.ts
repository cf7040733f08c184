import type { JsonObject } from './json.ts';
import { groupOf } from './verdict.ts';

/** What a plan may stop while its site is restored, with the API group of each. */
export const quiesceGroups = {
  Schedule: 'velero.io',
  CronJob: 'batch',
  HorizontalPodAutoscaler: 'autoscaling',
  Application: 'argoproj.io',
  Kustomization: 'kustomize.toolkit.fluxcd.io',
  HelmRelease: 'helm.toolkit.fluxcd.io',
  ScheduledBackup: 'postgresql.cnpg.io',
  RecurringJob: 'longhorn.io',
  Deployment: 'apps',
  StatefulSet: 'apps',
} as const satisfies Record<string, string>;

export type QuiesceKindName = keyof typeof quiesceGroups;

/** In the order in which a plan's reference lists them. */
export const quiesceKindNames = Object.keys(quiesceGroups) as readonly QuiesceKindName[];

/** A label selector as Kubernetes writes it. */
export interface QuiesceSelector {
  readonly matchLabels?: { readonly [key: string]: string };
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

/** One entry of a plan's `quiesce`: objects of one kind, by name, by labels, or all that are in its namespaces. */
export interface QuiesceTarget {
  readonly kind: QuiesceKindName;
  readonly namespaces: readonly string[];
  readonly names?: readonly string[];
  readonly selector?: QuiesceSelector;
  /** Nobody is told where it is not there. */
  readonly optional: boolean;
}

/** How an object was before it was stopped: what putting it back needs, and nothing else. */
export type Before = JsonObject;

/** What of an object in a Backup, or in a file, is to be known before it comes: kept instead of the object itself. */
export interface QuiesceFacts {
  /** How it was; of one that was backed up while a recovery had it stopped: how it was before that. */
  readonly before: Before;
  /** Stopped, and not by a recovery. */
  readonly quiet: boolean;
  /** Carries the mark of an earlier recovery, which must not come back with it. */
  readonly marked?: true;
  /** Why it cannot be stopped, the rest of a sentence. */
  readonly refused?: string;
}

/** What is asked of an object to know whether a plan stops it. */
export interface Quiescable {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly labels?: { readonly [key: string]: string };
}

/** The index of the first entry that an object falls under; undefined where the plan does not stop it. */
export function quiesceIndexOf(targets: readonly QuiesceTarget[] | undefined, object: Quiescable): number | undefined {
  const index = (targets ?? []).findIndex((target) => isTarget(target, object));
  return index < 0 ? undefined : index;
}

function isTarget(target: QuiesceTarget, { apiVersion, kind, namespace = '', name, labels = {} }: Quiescable): boolean {
  return (
    target.kind === kind &&
    quiesceGroups[target.kind] === groupOf(apiVersion) &&
    target.namespaces.includes(namespace) &&
    (target.names?.includes(name) ?? true) &&
    (target.selector === undefined || selectedBy(target.selector, labels))
  );
}

function selectedBy(selector: QuiesceSelector, labels: { readonly [key: string]: string }): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) if (labels[key] !== value) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels[key];
    switch (operator) {
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
    }
  });
}
