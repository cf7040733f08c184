import type { KindRule } from '../assess.ts';
import { acmeChallenge } from './acme-challenge.ts';
import { acmeOrder } from './acme-order.ts';
import { apiService } from './api-service.ts';
import { argoApplication } from './argo-application.ts';
import { argoApplicationSet } from './argo-application-set.ts';
import { backupRepository } from './backup-repository.ts';
import { backupStorageLocation } from './backup-storage-location.ts';
import { cephBlockPool } from './ceph-block-pool.ts';
import { cephCluster } from './ceph-cluster.ts';
import { cephFilesystem } from './ceph-filesystem.ts';
import { cephObjectStore } from './ceph-object-store.ts';
import { cephObjectStoreUser } from './ceph-object-store-user.ts';
import { cephRbdMirror } from './ceph-rbd-mirror.ts';
import { certManagerCertificate } from './cert-manager-certificate.ts';
import { certManagerCertificateRequest } from './cert-manager-certificate-request.ts';
import { certManagerClusterIssuer } from './cert-manager-cluster-issuer.ts';
import { certManagerIssuer } from './cert-manager-issuer.ts';
import { clusterExternalSecret } from './cluster-external-secret.ts';
import { clusterSecretStore } from './cluster-secret-store.ts';
import { cnpgBackup } from './cnpg-backup.ts';
import { cnpgCluster } from './cnpg-cluster.ts';
import { cnpgDatabase } from './cnpg-database.ts';
import { cnpgDatabaseRole } from './cnpg-database-role.ts';
import { cnpgPooler } from './cnpg-pooler.ts';
import { cnpgPublication } from './cnpg-publication.ts';
import { cnpgScheduledBackup } from './cnpg-scheduled-backup.ts';
import { cnpgSubscription } from './cnpg-subscription.ts';
import { cronJob } from './cron-job.ts';
import { customResourceDefinition } from './custom-resource-definition.ts';
import { daemonSet } from './daemon-set.ts';
import { dataDownload } from './data-download.ts';
import { dataUpload } from './data-upload.ts';
import { deployment } from './deployment.ts';
import { dnsEndpoint } from './dns-endpoint.ts';
import { downloadRequest } from './download-request.ts';
import { eckAgent } from './eck-agent.ts';
import { eckApmServer } from './eck-apm-server.ts';
import { eckBeat } from './eck-beat.ts';
import { eckElasticMapsServer } from './eck-elastic-maps-server.ts';
import { eckElasticsearch } from './eck-elasticsearch.ts';
import { eckEnterpriseSearch } from './eck-enterprise-search.ts';
import { eckKibana } from './eck-kibana.ts';
import { eckLogstash } from './eck-logstash.ts';
import { externalSecret } from './external-secret.ts';
import { flowSchema } from './flow-schema.ts';
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
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { httpProxy } from './http-proxy.ts';
import { httpRoute } from './http-route.ts';
import { ingress } from './ingress.ts';
import { job } from './job.ts';
import { longhornBackup } from './longhorn-backup.ts';
import { longhornBackupTarget } from './longhorn-backup-target.ts';
import { longhornBackupVolume } from './longhorn-backup-volume.ts';
import { longhornEngine } from './longhorn-engine.ts';
import { longhornNode } from './longhorn-node.ts';
import { longhornRecurringJob } from './longhorn-recurring-job.ts';
import { longhornReplica } from './longhorn-replica.ts';
import { longhornSnapshot } from './longhorn-snapshot.ts';
import { longhornVolume } from './longhorn-volume.ts';
import { minioTenant } from './minio-tenant.ts';
import { mutatingWebhookConfiguration } from './mutating-webhook-configuration.ts';
import { namespace } from './namespace.ts';
import { networkFence } from './network-fence.ts';
import { node } from './node.ts';
import { perconaServerMongoDb } from './percona-server-mongo-db.ts';
import { perconaServerMongoDbBackup } from './percona-server-mongo-db-backup.ts';
import { perconaServerMongoDbRestore } from './percona-server-mongo-db-restore.ts';
import { perconaXtraDbCluster } from './percona-xtra-db-cluster.ts';
import { perconaXtraDbClusterBackup } from './percona-xtra-db-cluster-backup.ts';
import { perconaXtraDbClusterRestore } from './percona-xtra-db-cluster-restore.ts';
import { persistentVolumeClaim } from './persistent-volume-claim.ts';
import { persistentVolume } from './persistent-volume.ts';
import { podDisruptionBudget } from './pod-disruption-budget.ts';
import { podVolumeBackup } from './pod-volume-backup.ts';
import { podVolumeRestore } from './pod-volume-restore.ts';
import { pod } from './pod.ts';
import { priorityLevelConfiguration } from './priority-level-configuration.ts';
import { pushSecret } from './push-secret.ts';
import { rabbitmqBinding } from './rabbitmq-binding.ts';
import { rabbitmqCluster } from './rabbitmq-cluster.ts';
import { rabbitmqExchange } from './rabbitmq-exchange.ts';
import { rabbitmqFederation } from './rabbitmq-federation.ts';
import { rabbitmqOperatorPolicy } from './rabbitmq-operator-policy.ts';
import { rabbitmqPermission } from './rabbitmq-permission.ts';
import { rabbitmqPolicy } from './rabbitmq-policy.ts';
import { rabbitmqQueue } from './rabbitmq-queue.ts';
import { rabbitmqSchemaReplication } from './rabbitmq-schema-replication.ts';
import { rabbitmqShovel } from './rabbitmq-shovel.ts';
import { rabbitmqSuperStream } from './rabbitmq-super-stream.ts';
import { rabbitmqTopicPermission } from './rabbitmq-topic-permission.ts';
import { rabbitmqUser } from './rabbitmq-user.ts';
import { rabbitmqVhost } from './rabbitmq-vhost.ts';
import { reclaimSpaceJob } from './reclaim-space-job.ts';
import { redis } from './redis.ts';
import { redisCluster } from './redis-cluster.ts';
import { redisEnterpriseCluster } from './redis-enterprise-cluster.ts';
import { redisEnterpriseDatabase } from './redis-enterprise-database.ts';
import { redisReplication } from './redis-replication.ts';
import { redisSentinel } from './redis-sentinel.ts';
import { replicaSet } from './replica-set.ts';
import { replicationController } from './replication-controller.ts';
import { resourceQuota } from './resource-quota.ts';
import { secret } from './secret.ts';
import { secretStore } from './secret-store.ts';
import { service } from './service.ts';
import { statefulSet } from './stateful-set.ts';
import { storkAction } from './stork-action.ts';
import { storkApplicationBackup } from './stork-application-backup.ts';
import { storkApplicationRestore } from './stork-application-restore.ts';
import { storkClusterDomainUpdate } from './stork-cluster-domain-update.ts';
import { storkClusterPair } from './stork-cluster-pair.ts';
import { storkGroupVolumeSnapshot } from './stork-group-volume-snapshot.ts';
import { storkMigration } from './stork-migration.ts';
import { storkMigrationSchedule } from './stork-migration-schedule.ts';
import { storkVolumeSnapshotRestore } from './stork-volume-snapshot-restore.ts';
import { strimziKafka } from './strimzi-kafka.ts';
import { strimziKafkaBridge } from './strimzi-kafka-bridge.ts';
import { strimziKafkaConnect } from './strimzi-kafka-connect.ts';
import { strimziKafkaConnector } from './strimzi-kafka-connector.ts';
import { strimziKafkaMirrorMaker2 } from './strimzi-kafka-mirror-maker2.ts';
import { strimziKafkaNodePool } from './strimzi-kafka-node-pool.ts';
import { strimziKafkaRebalance } from './strimzi-kafka-rebalance.ts';
import { strimziKafkaTopic } from './strimzi-kafka-topic.ts';
import { strimziKafkaUser } from './strimzi-kafka-user.ts';
import { strimziPodSet } from './strimzi-pod-set.ts';
import { tcpRoute } from './tcp-route.ts';
import { tlsRoute } from './tls-route.ts';
import { udpRoute } from './udp-route.ts';
import { validatingAdmissionPolicy } from './validating-admission-policy.ts';
import { validatingWebhookConfiguration } from './validating-webhook-configuration.ts';
import { veleroBackup } from './velero-backup.ts';
import { veleroRestore } from './velero-restore.ts';
import { veleroSchedule } from './velero-schedule.ts';
import { volumeAttachment } from './volume-attachment.ts';
import { volumeGroupReplication } from './volume-group-replication.ts';
import { volumeGroupSnapshot } from './volume-group-snapshot.ts';
import { volumeGroupSnapshotContent } from './volume-group-snapshot-content.ts';
import { volumeReplication } from './volume-replication.ts';
import { volumeSnapshotContent } from './volume-snapshot-content.ts';
import { volumeSnapshot } from './volume-snapshot.ts';
import { zalandoPostgresql } from './zalando-postgresql.ts';

/** Every kind with a rule of its own; a test holds this list against the folder. */
export const kindRules: readonly KindRule[] = [
  acmeChallenge,
  acmeOrder,
  apiService,
  argoApplication,
  argoApplicationSet,
  backupRepository,
  backupStorageLocation,
  cephBlockPool,
  cephCluster,
  cephFilesystem,
  cephObjectStore,
  cephObjectStoreUser,
  cephRbdMirror,
  certManagerCertificate,
  certManagerCertificateRequest,
  certManagerClusterIssuer,
  certManagerIssuer,
  clusterExternalSecret,
  clusterSecretStore,
  cnpgBackup,
  cnpgCluster,
  cnpgDatabase,
  cnpgDatabaseRole,
  cnpgPooler,
  cnpgPublication,
  cnpgScheduledBackup,
  cnpgSubscription,
  cronJob,
  customResourceDefinition,
  daemonSet,
  dataDownload,
  dataUpload,
  deployment,
  dnsEndpoint,
  downloadRequest,
  eckAgent,
  eckApmServer,
  eckBeat,
  eckElasticMapsServer,
  eckElasticsearch,
  eckEnterpriseSearch,
  eckKibana,
  eckLogstash,
  externalSecret,
  flowSchema,
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
  horizontalPodAutoscaler,
  httpProxy,
  httpRoute,
  ingress,
  job,
  longhornBackup,
  longhornBackupTarget,
  longhornBackupVolume,
  longhornEngine,
  longhornNode,
  longhornRecurringJob,
  longhornReplica,
  longhornSnapshot,
  longhornVolume,
  minioTenant,
  mutatingWebhookConfiguration,
  namespace,
  networkFence,
  node,
  perconaServerMongoDb,
  perconaServerMongoDbBackup,
  perconaServerMongoDbRestore,
  perconaXtraDbCluster,
  perconaXtraDbClusterBackup,
  perconaXtraDbClusterRestore,
  persistentVolumeClaim,
  persistentVolume,
  podDisruptionBudget,
  podVolumeBackup,
  podVolumeRestore,
  pod,
  priorityLevelConfiguration,
  pushSecret,
  rabbitmqBinding,
  rabbitmqCluster,
  rabbitmqExchange,
  rabbitmqFederation,
  rabbitmqOperatorPolicy,
  rabbitmqPermission,
  rabbitmqPolicy,
  rabbitmqQueue,
  rabbitmqSchemaReplication,
  rabbitmqShovel,
  rabbitmqSuperStream,
  rabbitmqTopicPermission,
  rabbitmqUser,
  rabbitmqVhost,
  reclaimSpaceJob,
  redis,
  redisCluster,
  redisEnterpriseCluster,
  redisEnterpriseDatabase,
  redisReplication,
  redisSentinel,
  replicaSet,
  replicationController,
  resourceQuota,
  secret,
  secretStore,
  service,
  statefulSet,
  storkAction,
  storkApplicationBackup,
  storkApplicationRestore,
  storkClusterDomainUpdate,
  storkClusterPair,
  storkGroupVolumeSnapshot,
  storkMigration,
  storkMigrationSchedule,
  storkVolumeSnapshotRestore,
  strimziKafka,
  strimziKafkaBridge,
  strimziKafkaConnect,
  strimziKafkaConnector,
  strimziKafkaMirrorMaker2,
  strimziKafkaNodePool,
  strimziKafkaRebalance,
  strimziKafkaTopic,
  strimziKafkaUser,
  strimziPodSet,
  tcpRoute,
  tlsRoute,
  udpRoute,
  validatingAdmissionPolicy,
  validatingWebhookConfiguration,
  veleroBackup,
  veleroRestore,
  veleroSchedule,
  volumeAttachment,
  volumeGroupReplication,
  volumeGroupSnapshot,
  volumeGroupSnapshotContent,
  volumeReplication,
  volumeSnapshotContent,
  volumeSnapshot,
  zalandoPostgresql,
];

const byKind = new Map(kindRules.map((rule) => [`${rule.group}/${rule.kind}`, rule]));

/** The rule of a kind, whatever the version it is served at; undefined when it has none. */
export function ruleFor(group: string, kind: string): KindRule | undefined {
  return byKind.get(`${group}/${kind}`);
}
