import type { KindRule } from '../assess.ts';
import { cnpgBackup } from './cnpg-backup.ts';
import { cnpgCluster } from './cnpg-cluster.ts';
import { cnpgDatabase } from './cnpg-database.ts';
import { cnpgDatabaseRole } from './cnpg-database-role.ts';
import { cnpgFailoverQuorum } from './cnpg-failover-quorum.ts';
import { cnpgObjectStore } from './cnpg-object-store.ts';
import { cnpgPooler } from './cnpg-pooler.ts';
import { cnpgPublication } from './cnpg-publication.ts';
import { cnpgScheduledBackup } from './cnpg-scheduled-backup.ts';
import { cnpgSubscription } from './cnpg-subscription.ts';
import { eckAgent } from './eck-agent.ts';
import { eckApmServer } from './eck-apm-server.ts';
import { eckBeat } from './eck-beat.ts';
import { eckElasticMapsServer } from './eck-elastic-maps-server.ts';
import { eckElasticsearch } from './eck-elasticsearch.ts';
import { eckElasticsearchAutoscaler } from './eck-elasticsearch-autoscaler.ts';
import { eckEnterpriseSearch } from './eck-enterprise-search.ts';
import { eckKibana } from './eck-kibana.ts';
import { eckLogstash } from './eck-logstash.ts';
import { eckPackageRegistry } from './eck-package-registry.ts';
import { eckStackConfigPolicy } from './eck-stack-config-policy.ts';
import { mariadb } from './mariadb.ts';
import { mariadbBackup } from './mariadb-backup.ts';
import { mariadbConnection } from './mariadb-connection.ts';
import { mariadbDatabase } from './mariadb-database.ts';
import { mariadbExternal } from './mariadb-external.ts';
import { mariadbGrant } from './mariadb-grant.ts';
import { mariadbMaxScale } from './mariadb-max-scale.ts';
import { mariadbPhysicalBackup } from './mariadb-physical-backup.ts';
import { mariadbPointInTimeRecovery } from './mariadb-point-in-time-recovery.ts';
import { mariadbRestore } from './mariadb-restore.ts';
import { mariadbSqlJob } from './mariadb-sql-job.ts';
import { mariadbUser } from './mariadb-user.ts';
import { minioPolicyBinding } from './minio-policy-binding.ts';
import { minioTenant } from './minio-tenant.ts';
import { perconaServerMongoDb } from './percona-server-mongo-db.ts';
import { perconaServerMongoDbBackup } from './percona-server-mongo-db-backup.ts';
import { perconaServerMongoDbRestore } from './percona-server-mongo-db-restore.ts';
import { perconaXtraDbCluster } from './percona-xtra-db-cluster.ts';
import { perconaXtraDbClusterBackup } from './percona-xtra-db-cluster-backup.ts';
import { perconaXtraDbClusterRestore } from './percona-xtra-db-cluster-restore.ts';
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
import { redis } from './redis.ts';
import { redisCluster } from './redis-cluster.ts';
import { redisEnterpriseActiveActiveDatabase } from './redis-enterprise-active-active-database.ts';
import { redisEnterpriseCluster } from './redis-enterprise-cluster.ts';
import { redisEnterpriseDatabase } from './redis-enterprise-database.ts';
import { redisEnterpriseRemoteCluster } from './redis-enterprise-remote-cluster.ts';
import { redisReplication } from './redis-replication.ts';
import { redisSentinel } from './redis-sentinel.ts';
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
import { zalandoOperatorConfiguration } from './zalando-operator-configuration.ts';
import { zalandoPostgresTeam } from './zalando-postgres-team.ts';
import { zalandoPostgresql } from './zalando-postgresql.ts';

/** The rules of the operators of databases, queues and stores. */
export const databaseRules: readonly KindRule[] = [
  cnpgBackup,
  cnpgCluster,
  cnpgDatabase,
  cnpgDatabaseRole,
  cnpgFailoverQuorum,
  cnpgObjectStore,
  cnpgPooler,
  cnpgPublication,
  cnpgScheduledBackup,
  cnpgSubscription,
  eckAgent,
  eckApmServer,
  eckBeat,
  eckElasticMapsServer,
  eckElasticsearch,
  eckElasticsearchAutoscaler,
  eckEnterpriseSearch,
  eckKibana,
  eckLogstash,
  eckPackageRegistry,
  eckStackConfigPolicy,
  mariadb,
  mariadbBackup,
  mariadbConnection,
  mariadbDatabase,
  mariadbExternal,
  mariadbGrant,
  mariadbMaxScale,
  mariadbPhysicalBackup,
  mariadbPointInTimeRecovery,
  mariadbRestore,
  mariadbSqlJob,
  mariadbUser,
  minioPolicyBinding,
  minioTenant,
  perconaServerMongoDb,
  perconaServerMongoDbBackup,
  perconaServerMongoDbRestore,
  perconaXtraDbCluster,
  perconaXtraDbClusterBackup,
  perconaXtraDbClusterRestore,
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
  redis,
  redisCluster,
  redisEnterpriseActiveActiveDatabase,
  redisEnterpriseCluster,
  redisEnterpriseDatabase,
  redisEnterpriseRemoteCluster,
  redisReplication,
  redisSentinel,
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
  zalandoOperatorConfiguration,
  zalandoPostgresTeam,
  zalandoPostgresql,
];
