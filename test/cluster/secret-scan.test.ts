/**
 * Secrets where a site's own are: in a Backup, in what a command prints, in what Velero and the API server answer, in a
 * plan. None may be found in anything that a run leaves behind or shows.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import { createActivities } from '../../activities/index.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import { KubeError } from '../../src/kube/error.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { createLog } from '../../src/log.ts';
import { recoverSiteType, type RunView, updateNames } from '../../src/model/run.ts';
import type { Output } from '../../src/cli/output.ts';
import { printEnd, reportForms } from '../../src/cli/print-end.ts';
import { awaitEnd } from '../../src/cli/run-end.ts';
import pc from 'picocolors';
import { workerTuning } from '../../src/worker-tuning.ts';
import { installRuntime } from '../../src/worker.ts';
import { faultsOfReport } from '../support/report-schema.ts';
import { runCli } from '../support/cli.ts';
import { type RecoverHandle, untilView } from '../support/real-worker.ts';
import { startVeleroStandIn, type StoredObject, type VeleroStandIn } from '../support/velero-stand-in.ts';

const ana = { by: 'ana', reason: 'looked at it' };

/** A secret by the place where it stands: random, so that it is found wherever it comes to. */
const secret = Object.fromEntries(
  ['backup', 'output', 'errorOutput', 'results', 'failureReason', 'apiError', 'argument', 'expected', 'comment'].map(
    (place) => [place, `${place}7${randomUUID().replaceAll('-', '')}`],
  ),
);
const of = (place: string): string => secret[place] ?? '';

/** Places whose secret stands in a text, as it is or in base64. */
function found(text: string): string[] {
  return Object.entries(secret)
    .filter(([, value]) => text.includes(value) || text.includes(Buffer.from(value).toString('base64')))
    .map(([place]) => place);
}

/** An output that keeps what is printed, as `rekindle report` prints it. */
function into(lines: string[]): Output {
  const keep = (text: string): void => void lines.push(text);
  const ignored = (): void => undefined;
  const colours = pc.createColors(false);
  return { result: keep, note: keep, draw: ignored, settle: ignored, watched: false, columns: 120, colours };
}

/** Every text in a value, payloads decoded. */
function textsIn(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value !== 'object' || value === null || seen.has(value)) return '';
  seen.add(value);
  return Object.values(value)
    .map((inner) => textsIn(inner, seen))
    .join('\n');
}

describe('secrets', { timeout: 300_000 }, () => {
  const site = `s-${randomUUID().slice(0, 8)}`;
  const tools = `${site}-tools`;
  const taskQueue = `secrets-${site}`;
  const logged: string[] = [];
  let environment: TestWorkflowEnvironment;
  let clusters: ClusterSource;
  let kube: KubeClient;
  let engine: VeleroStandIn;
  let plansFolder: string;
  /** What the command of the check prints. */
  let printed = { stdout: `${of('output')}\n`, stderr: `FATAL: ${of('errorOutput')}`, exitCode: 1 };
  /** Restores that the API server has yet to refuse. */
  let refusals = 1;

  beforeAll(async () => {
    const lab = inject('lab');
    installRuntime(createLog({ json: true, colour: false, write: (line) => logged.push(line) }));
    environment = await TestWorkflowEnvironment.createFromExistingServer(inject('temporal'));
    clusters = clustersFromKubeconfig(lab.kubeconfig);
    kube = clusters.client(lab.context);
    engine = await startVeleroStandIn(lab, kube, `velero-${site}`);
    plansFolder = await mkdtemp(join(tmpdir(), 'rekindle-secrets-'));
    await mkdir(join(plansFolder, 'state'));
    await engine.backup(site, contents());
    await aPodToAsk();
  });
  afterAll(async () => {
    await engine.stop();
    await clusters.close();
    await environment.teardown();
    await rm(plansFolder, { recursive: true, force: true });
  });

  const contents = (): readonly StoredObject[] => {
    const metadata = (name: string) => ({ name, namespace: site });
    const applied = JSON.stringify({ kind: 'Secret', stringData: { password: of('backup') } });
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': applied };
    return [
      { resource: 'namespaces', object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: site } } },
      {
        resource: 'secrets',
        object: {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { ...metadata('orders'), annotations },
          data: { password: Buffer.from(of('backup')).toString('base64') },
        },
      },
      {
        resource: 'networkpolicies.networking.k8s.io',
        object: {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: metadata('orders'),
          spec: { podSelector: {} },
        },
      },
    ];
  };

  /** Outside of the site: it is there before the run. */
  const aPodToAsk = async (): Promise<void> => {
    const at = { apiVersion: 'v1', kind: 'Pod', namespace: tools, name: 'psql' };
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: tools } });
    await kube.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'psql', namespace: tools, labels: { app: 'psql' } },
      spec: { containers: [{ name: 'psql', image: 'psql' }] },
    });
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    await kube.patch(at, 'merge', { status }, { subresource: 'status' });
  };

  const plan = (name: string, exec: Record<string, unknown>) => ({
    apiVersion: 'rekindle.dev/v1alpha1',
    kind: 'RestorePlan',
    metadata: { name },
    spec: {
      site: name,
      cluster: inject('lab').context,
      namespaces: [site],
      stableFor: '100ms',
      degradedFor: '1s',
      velero: { namespace: engine.namespace, backup: site },
      tiers: {
        namespaces: [{ name: 'basics', velero: {} }],
        databases: [
          {
            name: 'orders',
            velero: { includedResources: ['networkpolicies.networking.k8s.io'] },
            checks: [
              {
                name: 'rows',
                asserts: 'data',
                timeout: '2s',
                exec: { namespace: tools, podSelector: { app: 'psql' }, ...exec },
              },
            ],
          },
        ],
      },
    },
  });

  /** The real cluster but for two answers: what a command prints, since no node runs, and one refusal that quotes a secret. */
  const tattling = (): ClusterSource => {
    const client: KubeClient = Object.assign(Object.create(kube) as KubeClient, {
      exec: async () => ({ ...printed, cut: false }),
      create: async (...[object, options]: Parameters<KubeClient['create']>) => {
        if (object.kind !== 'Restore' || refusals === 0) return kube.create(object, options);
        refusals -= 1;
        throw new KubeError(`admission webhook "guard" denied the request: api_key: ${of('apiError')} is not known`, {
          code: 422,
          reason: 'Invalid',
        });
      },
    });
    return { contexts: clusters.contexts, client: () => client, close: async () => undefined };
  };

  const withWorker = async (work: () => Promise<void>): Promise<void> => {
    const log = createLog({ json: true, colour: false, write: (line) => logged.push(line) });
    const namespace = environment.namespace ?? 'default';
    const worker = await Worker.create({
      ...workerTuning,
      connection: environment.nativeConnection,
      namespace,
      taskQueue,
      workflowBundle: { codePath: inject('workflowBundle') },
      activities: createActivities({
        clusters: tattling(),
        plansFolder,
        identity: 'in-process',
        temporal: { address: inject('temporal').address, namespace },
        client: environment.client,
        searchAttributes: false,
        log: {
          info: (message, fields) => log('info', message, fields),
          warn: (message, fields) => log('warn', message, fields),
        },
      }),
    });
    await worker.runUntil(work);
  };

  const start = (name: string): Promise<RecoverHandle> =>
    environment.client.workflow.start(recoverSiteType, {
      taskQueue,
      workflowId: `secrets-${name}`,
      args: [{ plan: name }],
    });
  const retry = (handle: RecoverHandle, step: string, mode: 'again' | 'wait') =>
    handle.executeUpdate(updateNames.retryStep, { args: [{ step, mode, ...ana }] });
  const heldFor = (handle: RecoverHandle, step: string, words: string): Promise<RunView> =>
    untilView(handle, ({ holds }) => holds.some((hold) => hold.step === step && hold.message.includes(words)), 60_000);
  const cli = async (...args: string[]): Promise<string> => {
    const { address, namespace } = inject('temporal');
    const folders = { REKINDLE_STATE: join(plansFolder, 'state'), REKINDLE_PLANS: plansFolder };
    const ran = await runCli(
      args,
      { ...folders, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace },
      plansFolder,
    );
    return `${ran.stdout}\n${ran.stderr}`;
  };
  /** Whatever a run has left in Temporal: events with their payloads, memo, what its page shows. */
  const leftInTemporal = async (handle: RecoverHandle): Promise<string> => {
    const [history, described] = await Promise.all([handle.fetchHistory(), handle.describe()]);
    const metadata: unknown = await handle.query('__temporal_workflow_metadata').catch(() => undefined);
    return textsIn([history, described.memo, described.raw, metadata]);
  };
  const leftInCluster = async (): Promise<string> => {
    const own = { namespace: 'rekindle-system' };
    const [ledgers, leases] = await Promise.all([
      kube.list({ apiVersion: 'v1', kind: 'ConfigMap' }, own),
      kube.list({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }, own),
    ]);
    return textsIn([ledgers.items, leases.items]);
  };

  it('of Backup, engine, API server and commands are nowhere in what a run leaves or shows', async () => {
    await writeFile(
      join(plansFolder, `${site}.yaml`),
      stringify(plan(site, { command: ['sh', '-c', 'psql "$PGURL" -tAc "select count(*)"'], expect: { atLeast: 1 } })),
    );
    const shown: string[] = [];
    await withWorker(async () => {
      const handle = await start(site);
      await heldFor(handle, 'basics', 'admission webhook');
      shown.push(await cli('status', handle.workflowId));
      engine.failNext(
        { phase: 'PartiallyFailed', errors: 2 },
        {
          velero: [`could not open repository with password "${of('results')}": access denied`],
          namespaces: { [site]: [`error restoring secrets/${site}/orders: AWS_SECRET_ACCESS_KEY=${of('results')}`] },
        },
      );
      await retry(handle, 'basics', 'again');
      await heldFor(handle, 'basics', 'could not open repository');
      shown.push(await cli('status', handle.workflowId, '-o', 'json'));
      engine.failNext({ phase: 'Failed', failureReason: `Get "https://velero:${of('failureReason')}@s3:9000/b": EOF` });
      await retry(handle, 'basics', 'again');
      await heldFor(handle, 'basics', 's3:9000');
      await retry(handle, 'basics', 'again');
      await heldFor(handle, 'orders', 'the command ended with 1');
      shown.push(await cli('status', handle.workflowId));
      printed = { stdout: '3\n', stderr: of('errorOutput'), exitCode: 0 };
      await retry(handle, 'orders', 'wait');
      await handle.result();
      shown.push(await cli('report', handle.workflowId));
      const end = await awaitEnd(handle);
      for (const form of reportForms) printEnd(end, into(shown), form);
      // Of a real run, beside: what is published of its shape is true.
      expect(faultsOfReport(end.report)).toEqual([]);

      const history = await leftInTemporal(handle);
      const ledger = await leftInCluster();

      // Each is the real thing, not something empty.
      expect(history).toContain('could not open repository');
      expect(history).toContain('the command ended with 1');
      expect(ledger).toContain(site);
      expect(logged.join('\n')).toContain('admission webhook');
      expect(shown.join('\n')).toContain('secrets/');
      expect(found(history)).toEqual([]);
      expect(found(ledger)).toEqual([]);
    });
    expect(shown).toHaveLength(4 + reportForms.length);
    expect(found(shown.join('\n'))).toEqual([]);
    expect(found(logged.join('\n'))).toEqual([]);
  });

  it('in a plan are refused, and its refusal does not show them', async () => {
    const name = `${site}-bad`;
    const command = ['psql', `--password=${of('argument')}`];
    const text = stringify(plan(name, { command, expect: { equals: `password=${of('expected')}` } }));
    await writeFile(join(plansFolder, `${name}.yaml`), `${text}# token: ${of('comment')}\n`);

    await withWorker(async () => {
      const handle = await start(name);
      await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'PlanInvalid' } });
      const history = await leftInTemporal(handle);
      const shown = `${await cli('validate', name)}\n${await cli('report', handle.workflowId)}`;

      expect(history).toContain('PlanInvalid');
      expect(shown).toContain('found what looks like');
      expect(shown.match(/found (?:what looks like|an argument)/g)?.length).toBeGreaterThanOrEqual(3);
      expect(found(`${history}\n${shown}`)).toEqual([]);
    });
    expect(found(logged.join('\n'))).toEqual([]);
    expect(found(await leftInCluster())).toEqual([]);
  });
});
