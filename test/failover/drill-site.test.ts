/** The bookstore's plan, rehearsed on a second cluster while the first goes on serving: same data, nothing left behind. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poolFolder } from '../../lab/places.ts';
import { backup, installSite, seed, type Seeded, verify } from '../../lab/sites/bookstore/site.ts';
import { withCluster } from '../../lab/sites/cluster.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { Report } from '../../src/model/report.ts';
import { drillSiteType, updateNames } from '../../src/model/run.ts';
import { archives, archivesPlan, bringArchives } from '../support/archives.ts';
import { machineOf } from '../support/lab-machine.ts';
import { realActivities, type RecoverHandle, untilView } from '../support/real-worker.ts';
import { useTemporal } from '../support/temporal.ts';
import { bringTwoLabs, type TwoLabs } from '../support/two-labs.ts';

const namespaces = ['cnpg-system', 'shop-data', 'shop-web'];
const allNamespaces = [...namespaces, archives];

describe('a drill of the bookstore on a second cluster', { timeout: 1_200_000 }, () => {
  const temporal = useTemporal();
  let labs: TwoLabs;
  let clusters: ClusterSource;
  let seeded: Seeded;
  let plans: string;
  let report: Report;

  beforeAll(async () => {
    labs = await bringTwoLabs(async (first) => {
      await installSite(first);
      seeded = await seed(first);
      await backup(first, 'bookstore');
      await withCluster(first, bringArchives);
    });
    clusters = clustersFromKubeconfig(labs.kubeconfig);
    plans = await mkdtemp(join(tmpdir(), 'rekindle-drill-site-'));
    const text = await readFile(new URL('../../plans/bookstore.yaml', import.meta.url), 'utf8');
    await writeFile(join(plans, `${archives}.yaml`), archivesPlan(labs.first.context, labs.second.context));
    await writeFile(
      join(plans, 'bookstore.yaml'),
      text
        .replace(/^ {2}cluster: .*$/m, `  cluster: ${labs.first.context}`)
        .replace(/^ {2}drill: .*$/m, `  drill: { cluster: ${labs.second.context}, keepFor: 20m }`),
    );
  });
  afterAll(async () => {
    await clusters?.close();
    await labs?.end();
    await rm(plans, { recursive: true, force: true });
  });

  /** Snapshots in the pool that both labs work on. */
  const snapshots = async (): Promise<string[]> => {
    const machine = await machineOf(labs.first);
    const files = (await machine.run(['ls', `${poolFolder}/snapshots`])).split('\n');
    return files.filter((name) => name.endsWith('.json')).toSorted();
  };
  const inSecond = async (apiVersion: string, kind: string): Promise<string[]> =>
    withCluster(labs.second, async (kube) =>
      (await kube.resource({ apiVersion, kind }))
        ? (await kube.list({ apiVersion, kind })).items.map(({ metadata }) => metadata.name)
        : [],
    );

  const drill = (plan: string, whileItStands: () => Promise<void>): Promise<Report> =>
    temporal.withWorker({ ...realActivities(temporal, clusters, plans) }, async () => {
      const handle: RecoverHandle = await temporal.client.workflow.start(drillSiteType, {
        taskQueue: temporal.taskQueue(),
        workflowId: temporal.workflowId(),
        args: [{ plan, reason: 'a test' }],
      });
      await Promise.race([untilView(handle, ({ state }) => state === 'standing', 900_000), handle.result()]);
      await whileItStands();
      await handle.executeUpdate(updateNames.cleanUp, { args: [{ by: 'test', reason: 'compared' }] });
      return handle.result();
    });

  it('brings every store back equal, there, and is cleaned up when somebody says so', async () => {
    const before = await snapshots();

    report = await drill('bookstore', async () => {
      expect((await verify(labs.second, seeded)).filter(({ equal }) => !equal)).toEqual([]);
      expect((await inSecond('v1', 'Namespace')).filter((name) => namespaces.includes(name))).toEqual(namespaces);
    });

    process.stderr.write(
      `${JSON.stringify({ outcome: report.outcome, because: report.because, rto: report.rtoSeconds, ...report.siteDrill })}\n`,
    );
    expect(report.because).toBeUndefined();
    expect(report.outcome).toBe('recovered');
    expect(report.cluster.context).toBe(labs.second.context);
    expect(report.siteDrill).toMatchObject({ approval: 'not asked', cleanUp: { clean: true, left: [] } });
    expect(await snapshots()).toEqual(before);
  });

  it('brings databases back without the archives that the live site writes', async () => {
    const specs = async (of: 'first' | 'second'): Promise<ReadonlyMap<string, unknown>> =>
      withCluster(labs[of], async (kube) => {
        const { items } = await kube.list(
          { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster' },
          { namespace: archives },
        );
        return new Map(items.map(({ metadata, spec }) => [metadata.name, spec]));
      });
    let restored: ReadonlyMap<string, unknown> = new Map();

    const { siteDrill } = await drill(archives, async () => {
      restored = await specs('second');
    });

    const live = await specs('first');
    expect(live.get('in-tree')).toMatchObject({ backup: { retentionPolicy: '30d' } });
    expect(restored.get('in-tree')).toMatchObject({ replica: { enabled: true, source: 'other-site' } });
    expect(restored.get('in-tree')).not.toHaveProperty('backup');
    expect(live.get('by-plugin')).toMatchObject({ plugins: [{}, { enabled: true, isWALArchiver: true }] });
    expect(restored.get('by-plugin')).toMatchObject({
      plugins: [
        { name: 'something-else.example.org', enabled: true },
        { name: 'barman-cloud.cloudnative-pg.io', enabled: false, isWALArchiver: false },
      ],
    });
    expect(siteDrill?.cleanUp).toMatchObject({ clean: true, left: [] });
  });

  it('leaves nothing in the second cluster: clean is no claim', async () => {
    const lists = {
      namespaces: (await inSecond('v1', 'Namespace')).filter((name) => allNamespaces.includes(name)),
      volumes: await inSecond('v1', 'PersistentVolume'),
      contents: await inSecond('snapshot.storage.k8s.io/v1', 'VolumeSnapshotContent'),
      restores: await inSecond('velero.io/v1', 'Restore'),
      definitions: (await inSecond('apiextensions.k8s.io/v1', 'CustomResourceDefinition')).filter((name) =>
        name.endsWith('cnpg.io'),
      ),
      webhooks: (await inSecond('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration')).filter((name) =>
        name.startsWith('cnpg'),
      ),
    };

    expect(lists).toEqual({ namespaces: [], volumes: [], contents: [], restores: [], definitions: [], webhooks: [] });
  });

  it('has not touched the first, which serves what it always did', async () => {
    expect((await verify(labs.first, seeded)).filter(({ equal }) => !equal)).toEqual([]);
  });
});
