import type { JsonObject } from './json.ts';
import type { QuiesceFacts } from './quiesce.ts';

/** The one Backup that a run restores from, chosen at planning. Velero's sync makes the object anew, with another UID. */
export interface PinnedBackup {
  readonly namespace: string;
  readonly name: string;
  readonly storageLocation: string;
  /** `status.startTimestamp`: with name and location it identifies the Backup. */
  readonly startTimestamp: string;
  readonly completionTimestamp?: string;
  readonly phase: string;
  /** What was accepted with `acceptBackup`: `Expired`, `PartiallyFailed`. Shown as an exception. */
  readonly accepted?: string;
}

/** One object in a Backup, without its content. */
export interface BackupItem {
  /** As Velero's filters write it: `pods`, `deployments.apps`. */
  readonly resource: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly labels: { readonly [key: string]: string };
  readonly annotations: { readonly [key: string]: string };
  /** The owner with `controller: true`, in the same namespace or cluster-scoped. */
  readonly controller?: { readonly apiVersion: string; readonly kind: string; readonly name: string };
  /** What the item belongs to. PersistentVolume, VolumeSnapshot: the claim; VolumeSnapshotContent: its VolumeSnapshot. */
  readonly of?: { readonly namespace: string; readonly name: string };
  /** A Pod or Job that had ended when it was backed up: Velero never restores it. */
  readonly ended?: boolean;
  /** Of a PersistentVolumeClaim. */
  readonly storageClass?: string;
  /** Of a VolumeSnapshotContent: the CSI driver that must read its snapshot. */
  readonly csiDriver?: string;
  /** Of a VolumeSnapshot or its content: when the storage took it, ISO 8601 with milliseconds. */
  readonly takenAt?: string;
  /** Of a Pod, or of what makes pods: every image with its place. */
  readonly imagePlaces?: readonly FieldText[];
  /** Of a StatefulSet: the StorageClasses of its claim templates, with their places. */
  readonly classPlaces?: readonly FieldText[];
  /** In a drill, of what is nothing but DNS records: judged, never written. */
  readonly judgedOnly?: boolean;
  /** What a look ahead wants to know of it; absent where there is nothing to know. Never of a Secret or ConfigMap. */
  readonly facts?: ItemFacts;
}

/** A text of an object with its place, a JSON pointer: `/spec/containers/0/image`. */
export interface FieldText {
  readonly path: string;
  readonly value: string;
}

/** What an object asks of the cluster that it is restored into. */
export interface ItemFacts {
  /** Of an operator's resource: what its pods will run. Of a workload they are in `imagePlaces`. */
  readonly images?: readonly string[];
  /** How many pods it wants, and what one of them requests. */
  readonly pods?: PodsWanted;
  readonly priorityClass?: string;
  /** Names of the claims that its pods mount. */
  readonly claims?: readonly string[];
  /** Of a StatefulSet: names of its claim templates; the claims are `<template>-<name>-<ordinal>`. */
  readonly claimTemplates?: readonly string[];
  /** Of a Service, where it takes traffic from outside. */
  readonly serviceType?: 'LoadBalancer' | 'NodePort';
  /** Of a PersistentVolumeClaim: what it requests. */
  readonly sizeBytes?: number;
  /** Of a webhook configuration. */
  readonly webhooks?: readonly WebhookFacts[];
  /** Of a CustomResourceDefinition: the versions that it serves, as apiVersions. */
  readonly serves?: readonly string[];
  /** Of a kind that a plan may stop while it restores. */
  readonly quiesce?: QuiesceFacts;
  /** Names that external-dns would write for it. */
  readonly dns?: readonly string[];
  /** Of a CloudNativePG Cluster: the places of its archiving plug-ins. */
  readonly archivers?: readonly number[];
  /** Of an operator's resource that writes into an archive: the merge patch of `spec` that keeps it from it. */
  readonly archive?: JsonObject;
}

export interface PodsWanted {
  readonly count: number;
  /** One on every node, whatever `count` says. */
  readonly perNode?: boolean;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

/** One webhook of a configuration: what it is asked about, and who answers. */
export interface WebhookFacts {
  /** `ValidatingWebhookConfiguration guard: pods.guard.example.org`. */
  readonly name: string;
  /** What it watches cannot be written while nobody answers. */
  readonly failsClosed: boolean;
  /** Absent: it is at a URL. */
  readonly service?: { readonly namespace: string; readonly name: string };
  /** `group/plural` of what it is asked about when it is created, `*` for any. */
  readonly creates: readonly string[];
  readonly scope: '*' | 'Cluster' | 'Namespaced';
  /** Raw label selectors; empty selects everything. */
  readonly namespaceSelector: unknown;
  readonly objectSelector: unknown;
}

/** What a Backup holds: read once from its BackupContents, kept in memory by the worker. */
export interface BackupInventory {
  readonly items: readonly BackupItem[];
}
