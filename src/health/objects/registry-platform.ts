import type { KindRule } from '../assess.ts';
import { acmeChallenge } from './acme-challenge.ts';
import { acmeOrder } from './acme-order.ts';
import { argoAppProject } from './argo-app-project.ts';
import { argoApplication } from './argo-application.ts';
import { argoApplicationSet } from './argo-application-set.ts';
import { cephBlockPool } from './ceph-block-pool.ts';
import { cephBlockPoolRadosNamespace } from './ceph-block-pool-rados-namespace.ts';
import { cephBucketNotification } from './ceph-bucket-notification.ts';
import { cephBucketTopic } from './ceph-bucket-topic.ts';
import { cephClient } from './ceph-client.ts';
import { cephCluster } from './ceph-cluster.ts';
import { cephFilesystem } from './ceph-filesystem.ts';
import { cephFilesystemMirror } from './ceph-filesystem-mirror.ts';
import { cephFilesystemSubVolumeGroup } from './ceph-filesystem-sub-volume-group.ts';
import { cephNfs } from './ceph-nfs.ts';
import { cephObjectRealm } from './ceph-object-realm.ts';
import { cephObjectStore } from './ceph-object-store.ts';
import { cephObjectStoreUser } from './ceph-object-store-user.ts';
import { cephObjectZone } from './ceph-object-zone.ts';
import { cephObjectZoneGroup } from './ceph-object-zone-group.ts';
import { cephRbdMirror } from './ceph-rbd-mirror.ts';
import { certManagerCertificate } from './cert-manager-certificate.ts';
import { certManagerCertificateRequest } from './cert-manager-certificate-request.ts';
import { certManagerClusterIssuer } from './cert-manager-cluster-issuer.ts';
import { certManagerIssuer } from './cert-manager-issuer.ts';
import { clusterExternalSecret } from './cluster-external-secret.ts';
import { clusterSecretStore } from './cluster-secret-store.ts';
import { csiAddonsNode } from './csi-addons-node.ts';
import { dnsEndpoint } from './dns-endpoint.ts';
import { externalSecret } from './external-secret.ts';
import { fluxBucket } from './flux-bucket.ts';
import { fluxGitRepository } from './flux-git-repository.ts';
import { fluxHelmChart } from './flux-helm-chart.ts';
import { fluxHelmRelease } from './flux-helm-release.ts';
import { fluxHelmRepository } from './flux-helm-repository.ts';
import { fluxKustomization } from './flux-kustomization.ts';
import { fluxOciRepository } from './flux-oci-repository.ts';
import { gateway } from './gateway.ts';
import { gatewayClass } from './gateway-class.ts';
import { grpcRoute } from './grpc-route.ts';
import { httpProxy } from './http-proxy.ts';
import { httpRoute } from './http-route.ts';
import { longhornBackingImage } from './longhorn-backing-image.ts';
import { longhornBackup } from './longhorn-backup.ts';
import { longhornBackupTarget } from './longhorn-backup-target.ts';
import { longhornBackupVolume } from './longhorn-backup-volume.ts';
import { longhornEngine } from './longhorn-engine.ts';
import { longhornEngineImage } from './longhorn-engine-image.ts';
import { longhornInstanceManager } from './longhorn-instance-manager.ts';
import { longhornNode } from './longhorn-node.ts';
import { longhornRecurringJob } from './longhorn-recurring-job.ts';
import { longhornReplica } from './longhorn-replica.ts';
import { longhornSetting } from './longhorn-setting.ts';
import { longhornShareManager } from './longhorn-share-manager.ts';
import { longhornSnapshot } from './longhorn-snapshot.ts';
import { longhornSystemBackup } from './longhorn-system-backup.ts';
import { longhornSystemRestore } from './longhorn-system-restore.ts';
import { longhornVolume } from './longhorn-volume.ts';
import { networkFence } from './network-fence.ts';
import { networkFenceClass } from './network-fence-class.ts';
import { pushSecret } from './push-secret.ts';
import { reclaimSpaceJob } from './reclaim-space-job.ts';
import { secretStore } from './secret-store.ts';
import { storkAction } from './stork-action.ts';
import { storkApplicationBackup } from './stork-application-backup.ts';
import { storkApplicationRestore } from './stork-application-restore.ts';
import { storkClusterDomainUpdate } from './stork-cluster-domain-update.ts';
import { storkClusterPair } from './stork-cluster-pair.ts';
import { storkGroupVolumeSnapshot } from './stork-group-volume-snapshot.ts';
import { storkMigration } from './stork-migration.ts';
import { storkMigrationSchedule } from './stork-migration-schedule.ts';
import { storkVolumeSnapshotRestore } from './stork-volume-snapshot-restore.ts';
import { tcpRoute } from './tcp-route.ts';
import { tlsRoute } from './tls-route.ts';
import { udpRoute } from './udp-route.ts';
import { volumeGroupReplication } from './volume-group-replication.ts';
import { volumeGroupReplicationClass } from './volume-group-replication-class.ts';
import { volumeGroupReplicationContent } from './volume-group-replication-content.ts';
import { volumeGroupSnapshot } from './volume-group-snapshot.ts';
import { volumeGroupSnapshotContent } from './volume-group-snapshot-content.ts';
import { volumeReplication } from './volume-replication.ts';
import { volumeReplicationClass } from './volume-replication-class.ts';

/** The rules of what a site stands on beside Kubernetes: storage, replication, certificates, secrets, GitOps, traffic. */
export const platformRules: readonly KindRule[] = [
  acmeChallenge,
  acmeOrder,
  argoAppProject,
  argoApplication,
  argoApplicationSet,
  cephBlockPool,
  cephBlockPoolRadosNamespace,
  cephBucketNotification,
  cephBucketTopic,
  cephClient,
  cephCluster,
  cephFilesystem,
  cephFilesystemMirror,
  cephFilesystemSubVolumeGroup,
  cephNfs,
  cephObjectRealm,
  cephObjectStore,
  cephObjectStoreUser,
  cephObjectZone,
  cephObjectZoneGroup,
  cephRbdMirror,
  certManagerCertificate,
  certManagerCertificateRequest,
  certManagerClusterIssuer,
  certManagerIssuer,
  clusterExternalSecret,
  clusterSecretStore,
  csiAddonsNode,
  dnsEndpoint,
  externalSecret,
  fluxBucket,
  fluxGitRepository,
  fluxHelmChart,
  fluxHelmRelease,
  fluxHelmRepository,
  fluxKustomization,
  fluxOciRepository,
  gateway,
  gatewayClass,
  grpcRoute,
  httpProxy,
  httpRoute,
  longhornBackingImage,
  longhornBackup,
  longhornBackupTarget,
  longhornBackupVolume,
  longhornEngine,
  longhornEngineImage,
  longhornInstanceManager,
  longhornNode,
  longhornRecurringJob,
  longhornReplica,
  longhornSetting,
  longhornShareManager,
  longhornSnapshot,
  longhornSystemBackup,
  longhornSystemRestore,
  longhornVolume,
  networkFence,
  networkFenceClass,
  pushSecret,
  reclaimSpaceJob,
  secretStore,
  storkAction,
  storkApplicationBackup,
  storkApplicationRestore,
  storkClusterDomainUpdate,
  storkClusterPair,
  storkGroupVolumeSnapshot,
  storkMigration,
  storkMigrationSchedule,
  storkVolumeSnapshotRestore,
  tcpRoute,
  tlsRoute,
  udpRoute,
  volumeGroupReplication,
  volumeGroupReplicationClass,
  volumeGroupReplicationContent,
  volumeGroupSnapshot,
  volumeGroupSnapshotContent,
  volumeReplication,
  volumeReplicationClass,
];
