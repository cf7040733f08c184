/**
 * The silent loss: a PostgreSQL cluster that is restored before its volumes. Velero says Completed twice, the operator says
 * that the cluster is healthy, and the table is gone.
 */
import { join } from 'node:path';
import { textAt } from '../../../src/kube/read.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import type { LabInfo } from '../../lab.ts';
import { execIn, podWith, waitHealthyCluster, waitUntil, withCluster } from '../cluster.ts';
import { applyWhenAdmitted, installOperator, readObjects } from '../operator.ts';
import { completeVelero, insistOnContents, letVeleroSeeAllKinds, runVelero } from '../velero.ts';
import type { Ended } from '../velero.ts';

/** The cluster that the site is in. */
export type Where = Pick<LabInfo, 'kubeconfig' | 'context'>;

/** The site's only namespace. */
export const namespace = 'library';
/** Rows of the table `loans` when it is seeded. */
export const seededRows = 20_000;
/** A plan that brings the site back, and one that tries it the wrong way round; paths of the files. */
export const plans = {
  right: join(import.meta.dirname, 'right-order.yaml'),
  wrong: join(import.meta.dirname, 'wrong-order.yaml'),
} as const;

const claims = [
  'persistentvolumeclaims',
  'persistentvolumes',
  'volumesnapshots.snapshot.storage.k8s.io',
  'volumesnapshotcontents.snapshot.storage.k8s.io',
];
const cluster = ['clusters.postgresql.cnpg.io', 'secrets', 'configmaps', 'serviceaccounts'];

/** What there is after the two Restores. */
export interface Outcome {
  readonly restores: readonly Ended[];
  /** The operator's own word. */
  readonly clusterPhase: string;
  /** Rows of the table, or undefined where there is no such table. */
  readonly rows: number | undefined;
}

/** Installs operator and cluster, writes the rows, and takes a Velero Backup of this name. */
export async function prepare(lab: Where, backup: string): Promise<Ended> {
  return withCluster(lab, async (kube) => {
    await installOperator(kube);
    await applyWhenAdmitted(kube, readObjects(join(import.meta.dirname, 'cluster.yaml')));
    await waitHealthyCluster(kube, namespace, 'loans', 300_000);
    await sql(
      kube,
      `create table if not exists loans as select i id, 'reader-' || i % 511 reader from generate_series(1, ${seededRows}) i`,
    );
    await letVeleroSeeAllKinds(kube);
    const ended = await completeVelero(kube, 'Backup', backup, {
      includedNamespaces: [namespace],
      snapshotVolumes: true,
      storageLocation: 'default',
    });
    await insistOnContents(kube, backup, [
      { resource: 'clusters.postgresql.cnpg.io', name: 'loans' },
      { resource: 'persistentvolumeclaims', name: 'loans-1' },
    ]);
    return ended;
  });
}

/**
 * Deletes the database and its namespace and waits until they are gone. The operator lives on here, and takes its ConfigMap
 * out of a namespace whose last Cluster went (CloudNativePG 1.27, deleteDanglingMonitoringQueries): were it late, it would
 * take the restored one.
 */
export async function lose(lab: Where): Promise<void> {
  await withCluster(lab, async (kube) => {
    await kube.remove({ apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', namespace, name: 'loans' });
    const queries = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'cnpg-default-monitoring' };
    // Another version may leave it: then there is nothing to be late with.
    await waitUntil('the operator has not cleaned up after its Cluster', 30_000, async () =>
      (await kube.get(queries)) === undefined ? undefined : 'its ConfigMap is there',
    ).catch(() => undefined);
    const ref = { apiVersion: 'v1', kind: 'Namespace', name: namespace };
    await kube.remove(ref);
    await waitUntil(`namespace ${namespace} is still there`, 120_000, async () =>
      (await kube.get(ref)) === undefined ? undefined : 'its objects are being deleted',
    );
  });
}

/** Restores with plain Velero, Cluster first, as somebody might by hand; tells what everybody says of the result. */
export async function restoreInWrongOrder(lab: Where, backup: string): Promise<Outcome> {
  return withCluster(lab, async (kube) => {
    const first = await restore(kube, backup, 'wrong-1-cluster', cluster);
    await waitHealthyCluster(kube, namespace, 'loans', 300_000);
    const second = await restore(kube, backup, 'wrong-2-volumes', claims);
    await waitHealthyCluster(kube, namespace, 'loans', 300_000);
    return outcomeOf(kube, [first, second]);
  });
}

/** Restores with plain Velero in the right order, for comparison. */
export async function restoreInRightOrder(lab: Where, backup: string): Promise<Outcome> {
  return withCluster(lab, async (kube) => {
    const first = await restore(kube, backup, 'right-1-volumes', [
      ...claims,
      'secrets',
      'configmaps',
      'serviceaccounts',
    ]);
    const second = await restore(kube, backup, 'right-2-cluster', ['clusters.postgresql.cnpg.io']);
    await waitHealthyCluster(kube, namespace, 'loans', 300_000);
    return outcomeOf(kube, [first, second]);
  });
}

/** Rows of the table now, or undefined where there is no such table. Fails where no database answers. */
export async function countRows(lab: Where): Promise<number | undefined> {
  return withCluster(lab, rowsOf);
}

function restore(kube: KubeClient, backup: string, part: string, includedResources: readonly string[]): Promise<Ended> {
  const name = `${backup}-${part}-${Date.now().toString(36)}`;
  return runVelero(kube, 'Restore', name, { backupName: backup, includedNamespaces: [namespace], includedResources });
}

async function outcomeOf(kube: KubeClient, restores: readonly Ended[]): Promise<Outcome> {
  const found = await kube.get({ apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', namespace, name: 'loans' });
  return { restores, clusterPhase: textAt(found, 'status', 'phase') ?? '', rows: await rowsOf(kube) };
}

async function rowsOf(kube: KubeClient): Promise<number | undefined> {
  const exists = await sql(kube, "select count(*) from pg_tables where tablename = 'loans'");
  return exists === '0' ? undefined : Number(await sql(kube, 'select count(*) from loans'));
}

async function sql(kube: KubeClient, statement: string): Promise<string> {
  const pod = await podWith(kube, namespace, 'cnpg.io/cluster=loans,cnpg.io/instanceRole=primary');
  return execIn(kube, { namespace, pod, container: 'postgres' }, [
    'psql',
    '--no-psqlrc',
    '-qtAX',
    '--set=ON_ERROR_STOP=1',
    '--dbname=library',
    `--command=${statement}`,
  ]);
}
