import { groupOf, type JudgedObject } from '../model/verdict.ts';
import { ruleFor } from './objects/registry.ts';

/**
 * Verdict reasons that no waiting can mend: something must be changed first. By kind; `*` is any kind, since a workload
 * carries the reason of its pods. Reasons that usually mend by themselves (ImagePullBackOff, CrashLoopBackOff,
 * Unschedulable, ProgressDeadlineExceeded, a snapshot's error) are left out on purpose: after a disaster the cure is
 * often a tier or a node that is still to come.
 */
const terminal: { readonly [kind: string]: readonly string[] } = {
  '*': ['InvalidImageName', 'ErrImageNeverPull', 'Forbidden', 'Unauthorized'],
  Pod: ['PodFailed'],
  Job: [
    'BackoffLimitExceeded',
    'DeadlineExceeded',
    'PodFailurePolicy',
    'FailedIndexes',
    'MaxFailedIndexesExceeded',
    'JobFailed',
  ],
  PersistentVolumeClaim: ['ClaimLost'],
  PersistentVolume: ['VolumeFailed', 'VolumeReleased'],
  CustomResourceDefinition: ['NamesNotAccepted'],
  VolumeSnapshot: ['ContentMissing', 'BoundElsewhere'],
  Restore: ['FailedValidation', 'Failed', 'PartiallyFailed'],
  Backup: ['FailedValidation', 'Failed', 'PartiallyFailed', 'InvalidDefinition'],
  DataDownload: ['Failed', 'Canceled'],
  PodVolumeRestore: ['Failed', 'Canceled'],
  Cluster: ['Unrecoverable', 'InvalidDefinition'],
};

/** Whether a verdict cannot become Healthy without a change to the cluster, the object or our rights. */
export function isTerminal(judged: Pick<JudgedObject, 'apiVersion' | 'kind' | 'verdict' | 'reason'>): boolean {
  if (judged.verdict === 'Healthy') return false;
  const own = ruleFor(groupOf(judged.apiVersion), judged.kind)?.terminal ?? [];
  return [...(terminal['*'] ?? []), ...(terminal[judged.kind] ?? []), ...own].includes(judged.reason);
}
