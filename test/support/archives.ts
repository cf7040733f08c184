/** Databases that archive, in a namespace of their own, for a drill to bring back without their archives. */
import { completeVelero, letVeleroSeeAllKinds } from '../../lab/sites/velero.ts';
import { applyAll } from '../../lab/sites/cluster.ts';
import { applyWhenAdmitted } from '../../lab/sites/operator.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';

/** Name of their namespace, their Backup and their plan. */
export const archives = 'archives';

const liveStore = {
  destinationPath: 's3://live-archive/',
  endpointURL: 'https://s3.live.example',
  s3Credentials: {
    accessKeyId: { name: 'live-archive', key: 'id' },
    secretAccessKey: { name: 'live-archive', key: 'key' },
  },
};

/** Its operator leaves it alone: what matters is the restored object. */
function cluster(name: string, spec: object): KubeObject {
  return {
    ...{ apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster' },
    metadata: { name, namespace: archives, annotations: { 'cnpg.io/reconciliationLoop': 'disabled' } },
    spec: { instances: 1, storage: { size: '1Gi' }, ...spec },
  };
}

const plugin = (enabled: boolean, name: string) => ({ name, enabled, parameters: { barmanObjectName: 'live' } });

const objects: readonly KubeObject[] = [
  // Archives by itself, and is the replica of another site, whose archive it reads.
  cluster('in-tree', {
    backup: { barmanObjectStore: liveStore, retentionPolicy: '30d' },
    replica: { enabled: true, source: 'other-site' },
    bootstrap: { recovery: { source: 'other-site' } },
    externalClusters: [{ name: 'other-site', barmanObjectStore: { ...liveStore, serverName: 'other' } }],
  }),
  // Archives by a plug-in, which is not the first of the list.
  cluster('by-plugin', {
    plugins: [
      plugin(true, 'something-else.example.org'),
      { ...plugin(true, 'barman-cloud.cloudnative-pg.io'), isWALArchiver: true },
    ],
  }),
];

/** Makes them in a cluster that has the operator, and backs them up. */
export async function bringArchives(kube: KubeClient): Promise<void> {
  await applyAll(kube, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: archives } }]);
  await applyWhenAdmitted(kube, objects);
  await letVeleroSeeAllKinds(kube);
  await completeVelero(kube, 'Backup', archives, { includedNamespaces: [archives], storageLocation: 'default' });
}

/** Brings them back without their operator: nobody but the drill changes what Velero restores. */
export function archivesPlan(live: string, practice: string): string {
  return `apiVersion: rekindle.dev/v1alpha1
kind: RestorePlan
metadata: { name: ${archives} }
spec:
  site: ${archives}
  cluster: ${live}
  namespaces: [${archives}]
  velero: { namespace: velero, backup: ${archives} }
  drill: { cluster: ${practice}, keepFor: 20m }
  accept: [{ kind: Cluster, verdict: Suspended, reason: nobody reconciles it }]
  tiers:
    namespaces: [{ name: basics, velero: {} }]
    crds: [{ name: definitions, velero: {} }]
    databases: [{ name: clusters, velero: { includedResources: [clusters.postgresql.cnpg.io] }, timeout: 5m }]
`;
}
