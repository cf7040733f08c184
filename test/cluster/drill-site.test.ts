import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { drillSiteType, recoverSiteType } from '../../src/model/run.ts';
import { bringLab, type TestLab } from '../support/lab.ts';
import { realActivities, type RecoverHandle, untilView } from '../support/real-worker.ts';
import { useTemporal } from '../support/temporal.ts';
import { twoNames } from '../support/two-names.ts';

describe('drillSite on a real API server', { timeout: 150_000 }, () => {
  const temporal = useTemporal();
  let source: ClusterSource;
  let testLab: TestLab;
  let clusters: ClusterSource;
  let kube: KubeClient;
  let live: string;
  let folder: string;
  let site: string;

  // An API server of its own: what other tests make meanwhile, cluster-scoped, would be found by the last look.
  beforeAll(async () => {
    testLab = await bringLab('control-plane');
    const { lab } = testLab;
    live = lab.context;
    source = clustersFromKubeconfig(lab.kubeconfig);
    clusters = twoNames(source, live);
    kube = source.client(live);
    folder = await mkdtemp(join(tmpdir(), 'rekindle-drill-'));
  });
  afterAll(async () => {
    await source?.close();
    await testLab?.end();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    site = `ds-${randomUUID().slice(0, 8)}`;
    const objects = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: site } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: site } },
      {
        ...{ apiVersion: 'v1', kind: 'Service' },
        metadata: {
          ...{ name: 'web', namespace: site },
          annotations: { 'external-dns.alpha.kubernetes.io/hostname': `${site}.example.org` },
        },
        spec: { clusterIP: 'None', selector: { app: 'nobody' }, ports: [{ port: 80 }] },
      },
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: site }, rules: [] },
    ];
    await writeFile(join(folder, `${site}.json`), objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  });

  const write = async (name: string, cluster: string, drill: string, more = ''): Promise<void> =>
    writeFile(
      join(folder, `${name}.yaml`),
      `apiVersion: rekindle.dev/v1alpha1
kind: RestorePlan
metadata: { name: ${name} }
spec:
  site: ${site}
  cluster: ${cluster}
  namespaces: [${site}]
  stableFor: 0s
  ${drill}
  tiers:
    namespaces:
      - name: basics
        manifests: { paths: [${site}.json] }
        timeout: 1m
${more}
`,
    );
  const withWorker = <T>(work: () => Promise<T>): Promise<T> =>
    temporal.withWorker({ ...realActivities(temporal, clusters, folder) }, work);
  const start = (type: string, plan: string, more: object = {}): Promise<RecoverHandle> =>
    temporal.client.workflow.start(type, {
      taskQueue: temporal.taskQueue(),
      workflowId: temporal.workflowId(),
      args: [{ plan, ...more }],
    });
  const failureOf = async (handle: RecoverHandle): Promise<ApplicationFailure> => {
    const error = await handle.result().catch((failed: unknown) => failed);
    return (error as WorkflowFailedError).cause as ApplicationFailure;
  };
  const there = (kind: string, name: string, apiVersion = 'v1', namespace?: string) =>
    kube.get({ apiVersion, kind, name, ...(namespace ? { namespace } : {}) });

  it('restores, stands, and leaves nothing; what it would have written to the DNS is in the report', async () => {
    await write(site, live, 'drill: { cluster: practice, keepFor: 1h }');

    await withWorker(async () => {
      const drill = await start(drillSiteType, site);
      const { recovery } = await untilView(drill, ({ state }) => state === 'standing', 60_000);
      const service = await there('Service', 'web', 'v1', site);
      expect(service?.metadata.labels?.['rekindle.dev/drill']).toBe(recovery);
      expect(service?.metadata.annotations).not.toHaveProperty('external-dns.alpha.kubernetes.io/hostname');
      expect((await there('Namespace', site))?.metadata.labels?.['rekindle.dev/drill']).toBe(recovery);

      await drill.executeUpdate('cleanUp', { args: [{ by: 'ana', reason: 'seen' }] });
      const report = await drill.result();

      expect(report.outcome).toBe('inconclusive');
      expect(report.siteDrill).toMatchObject({
        cluster: live,
        dns: [`Service ${site}/web (kept from external-dns): ${site}.example.org`],
        cleanUp: { clean: true, left: [] },
      });
    });

    expect(await there('Namespace', site)).toBeUndefined();
    expect(await there('ClusterRole', site, 'rbac.authorization.k8s.io/v1')).toBeUndefined();
  });

  it('refuses the site’s own cluster under whatever name, and a plan without a drill', async () => {
    await write(`${site}-own`, live, 'drill: { cluster: alias }');
    await write(`${site}-none`, live, '');

    await withWorker(async () => {
      const own = await failureOf(await start(drillSiteType, `${site}-own`));
      expect([own.type, own.message]).toEqual([
        'PlanInvalid',
        `spec.drill.cluster: context alias is the site's own cluster ${live} (its kube-system has the same UID); a drill needs another cluster`,
      ]);
      const none = await failureOf(await start(drillSiteType, `${site}-none`));
      expect(none.message).toContain(`plan ${site}-none has no section drill: write drill: {cluster: <context>}`);
    });

    expect(await there('Namespace', site)).toBeUndefined();
  });

  it('gives way: a recovery into its cluster ends it, waits for its clean-up, and no drill begins meanwhile', async () => {
    await write(site, live, 'drill: { cluster: practice, keepFor: 1h }');
    // The same site, restored into the drill's cluster, and held there.
    const held = `    crds:
      - name: held
        manifests: { paths: [${site}.json] }
        timeout: 2s
        checks:
          - { name: never, resourceExists: { apiVersion: v1, kind: Secret, name: nobody }, timeout: 2s }`;
    await write(`${site}-back`, 'practice', `drill: { cluster: ${live} }`, held);

    await withWorker(async () => {
      const drill = await start(drillSiteType, site);
      await untilView(drill, ({ state }) => state === 'standing', 60_000);
      const recovery = await start(recoverSiteType, `${site}-back`);
      try {
        const report = await drill.result();
        expect(report.siteDrill?.cleanUp?.clean).toBe(true);
        await untilView(recovery, ({ state }) => state === 'held', 90_000);

        const late = await failureOf(await start(drillSiteType, site));
        expect(late.type).toBe('SiteBusy');
        expect(late.message).toContain(`site ${site} is being recovered (workflow ${recovery.workflowId}`);
      } finally {
        await recovery.terminate().catch(() => undefined);
      }
    });
  });
});
