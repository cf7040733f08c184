import type { KindRule } from '../assess.ts';
import { apiService } from './api-service.ts';
import { backupRepository } from './backup-repository.ts';
import { backupStorageLocation } from './backup-storage-location.ts';
import { cronJob } from './cron-job.ts';
import { customResourceDefinition } from './custom-resource-definition.ts';
import { daemonSet } from './daemon-set.ts';
import { dataDownload } from './data-download.ts';
import { dataUpload } from './data-upload.ts';
import { deployment } from './deployment.ts';
import { downloadRequest } from './download-request.ts';
import { flowSchema } from './flow-schema.ts';
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { ingress } from './ingress.ts';
import { job } from './job.ts';
import { mutatingWebhookConfiguration } from './mutating-webhook-configuration.ts';
import { namespace } from './namespace.ts';
import { node } from './node.ts';
import { persistentVolumeClaim } from './persistent-volume-claim.ts';
import { persistentVolume } from './persistent-volume.ts';
import { podDisruptionBudget } from './pod-disruption-budget.ts';
import { podVolumeBackup } from './pod-volume-backup.ts';
import { podVolumeRestore } from './pod-volume-restore.ts';
import { pod } from './pod.ts';
import { priorityLevelConfiguration } from './priority-level-configuration.ts';
import { databaseRules } from './registry-databases.ts';
import { platformRules } from './registry-platform.ts';
import { replicaSet } from './replica-set.ts';
import { replicationController } from './replication-controller.ts';
import { resourceQuota } from './resource-quota.ts';
import { secret } from './secret.ts';
import { service } from './service.ts';
import { statefulSet } from './stateful-set.ts';
import { validatingAdmissionPolicy } from './validating-admission-policy.ts';
import { validatingWebhookConfiguration } from './validating-webhook-configuration.ts';
import { veleroBackup } from './velero-backup.ts';
import { veleroRestore } from './velero-restore.ts';
import { veleroSchedule } from './velero-schedule.ts';
import { volumeAttachment } from './volume-attachment.ts';
import { volumeSnapshotContent } from './volume-snapshot-content.ts';
import { volumeSnapshot } from './volume-snapshot.ts';

/** Every kind with a rule of its own; a test holds this list and the two registries in it against the folder. */
export const kindRules: readonly KindRule[] = [
  ...databaseRules,
  ...platformRules,
  apiService,
  backupRepository,
  backupStorageLocation,
  cronJob,
  customResourceDefinition,
  daemonSet,
  dataDownload,
  dataUpload,
  deployment,
  downloadRequest,
  flowSchema,
  horizontalPodAutoscaler,
  ingress,
  job,
  mutatingWebhookConfiguration,
  namespace,
  node,
  persistentVolumeClaim,
  persistentVolume,
  podDisruptionBudget,
  podVolumeBackup,
  podVolumeRestore,
  pod,
  priorityLevelConfiguration,
  replicaSet,
  replicationController,
  resourceQuota,
  secret,
  service,
  statefulSet,
  validatingAdmissionPolicy,
  validatingWebhookConfiguration,
  veleroBackup,
  veleroRestore,
  veleroSchedule,
  volumeAttachment,
  volumeSnapshotContent,
  volumeSnapshot,
];

const byKind = new Map(kindRules.map((rule) => [`${rule.group}/${rule.kind}`, rule]));

/** The rule of a kind, whatever the version it is served at; undefined when it has none. */
export function ruleFor(group: string, kind: string): KindRule | undefined {
  return byKind.get(`${group}/${kind}`);
}
