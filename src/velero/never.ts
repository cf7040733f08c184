import type { BackupItem } from '../model/backup.ts';
import { namesKind } from './kinds.ts';

/** Kinds that no step ever restores, with the reason. Sent as `excludedResources` with every Restore. */
const neverKinds: { readonly [resource: string]: string } = {
  events: 'it tells of the lost cluster',
  'events.events.k8s.io': 'it tells of the lost cluster',
  'leases.coordination.k8s.io': 'its holder is gone',
  'leasecandidates.coordination.k8s.io': 'its holder is gone',
  endpoints: 'the new cluster makes it from its own pods',
  'endpointslices.discovery.k8s.io': 'the new cluster makes it from its own pods',
  'ipaddresses.networking.k8s.io': 'the new cluster allots its own',
  nodes: 'a cluster has its own nodes',
  'csinodes.storage.k8s.io': 'a cluster has its own nodes',
  'volumeattachments.storage.k8s.io': 'a cluster has its own nodes',
  'csistoragecapacities.storage.k8s.io': 'a cluster has its own nodes',
  'certificatesigningrequests.certificates.k8s.io': 'it was a request to the lost cluster',
  // A bare Backup is run again by CloudNativePG: 1.27, internal/controller/backup_controller.go.
  'backups.postgresql.cnpg.io': 'its operator would run the backup again',
  'scheduledbackups.postgresql.cnpg.io': 'its operator would run the backup again',
  'backups.velero.io': 'Velero brings its own objects back from the storage location',
  'backupstoragelocations.velero.io': "it is Velero's own",
  'volumesnapshotlocations.velero.io': "it is Velero's own",
  'restores.velero.io': "it is Velero's own",
  'schedules.velero.io': "it is Velero's own",
  'backuprepositories.velero.io': "it is Velero's own",
  'resticrepositories.velero.io': "it is Velero's own",
  'deletebackuprequests.velero.io': "it is Velero's own",
  'downloadrequests.velero.io': "it is Velero's own",
  'podvolumebackups.velero.io': "it is Velero's own",
  'podvolumerestores.velero.io': "it is Velero's own",
  'serverstatusrequests.velero.io': "it is Velero's own",
  'datadownloads.velero.io': "it is Velero's own",
  'datauploads.velero.io': "it is Velero's own",
};

/** The resources that no step restores, as Velero's filters write them. */
export const neverResources: readonly string[] = Object.keys(neverKinds);

/**
 * Kinds that a controller makes, left out unless a step names them: whoever owns one in the Backup makes it anew, and
 * Velero, which drops owner references, would put an orphan beside it.
 */
export const ownedResources = ['pods', 'replicasets.apps', 'jobs.batch', 'controllerrevisions.apps'] as const;

/** Namespaces of ours and of the engine: nothing in them is a site's. */
const ownNamespace = 'rekindle-system';

/**
 * The reason for which no step restores an item, whatever its filter; undefined when one may. Pods and ReplicaSets that a
 * controller owns come back only with `ownedPods`, which a step must ask for.
 */
export function neverRestored(item: BackupItem, ownedPods = false): string | undefined {
  const kindReason = neverKinds[item.resource];
  if (kindReason) return kindReason;
  if (item.namespace === ownNamespace || (item.resource === 'namespaces' && item.name === ownNamespace))
    return 'it is ours';
  if (item.judgedOnly) return 'a drill writes no DNS records';
  if (item.ended) return 'it had ended when it was backed up';
  if (ownedPods && (item.resource === 'pods' || item.resource === 'replicasets.apps')) return undefined;
  if (item.controller && ownedResources.some((resource) => resource === item.resource))
    return `${item.controller.kind} ${item.controller.name} makes it anew`;
  return undefined;
}

/** The reason for which a resource name may not stand in a step's filter; undefined when it may. */
export function neverNamed(written: string): string | undefined {
  for (const [resource, reason] of Object.entries(neverKinds))
    if (namesKind(written, { resource, kind: '' })) return reason;
  return undefined;
}
