import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import { createActivities } from '../../activities/index.ts';
import { KubeError } from '../../src/kube/error.ts';
import type { Report } from '../../src/model/report.ts';
import { taskQueue } from '../../src/model/run.ts';
import { ledgerRef } from '../../src/recovery/ledger.ts';
import { type EmbeddedServer, startEmbeddedTemporal } from '../../src/temporal-server.ts';
import { workerTuning } from '../../src/worker-tuning.ts';
import { type Ran, runCli } from '../support/cli.ts';
import { type FakeKube, fakeKube } from '../support/fake-kube.ts';
import '../support/provided.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';

const plan = {
  apiVersion: 'rekindle.dev/v1alpha1',
  kind: 'RestorePlan',
  metadata: { name: 'toy' },
  spec: {
    site: 'toy',
    cluster: 'fake',
    namespaces: ['toy'],
    stableFor: '100ms',
    approval: { beforePhaseTwo: true, approvers: ['ana', 'bo'], people: 2, trustStatedNames: true },
    quiesce: [{ kind: 'CronJob', names: ['invoicse', 'old-report'] }],
    tiers: { namespaces: [{ name: 'basics', manifests: { paths: ['toy/basics.yaml'] } }] },
  },
};
/** Somebody has suspended it; nobody has an `invoicse`. */
const oldReport = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'old-report', namespace: 'toy' },
  spec: { schedule: '0 1 * * *', suspend: true },
};
const basics = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'basics', namespace: 'toy' } };

/** A cluster with the site's namespace; it is read directly, since it watches nothing. */
function aCluster(): FakeKube {
  const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const watch = () => {
    throw new KubeError('no watches here', { code: 405, reason: 'MethodNotAllowed' });
  };
  return { ...fakeKube({ objects: [namespace('kube-system'), namespace('toy'), oldReport] }), watch };
}

/** The command line, a real Temporal, the real activities on a cluster in memory: what a person reads at the end of it all. */
describe('bad input, as the person reads who typed it', { timeout: 240_000 }, () => {
  const kube = aCluster();
  let folder: string;
  let server: EmbeddedServer;
  let environment: TestWorkflowEnvironment;
  let polling: Promise<void>;
  let worker: Worker;

  beforeAll(async () => {
    quietRuntime();
    folder = await mkdtemp(join(tmpdir(), 'rekindle-bad-input-'));
    await mkdir(join(folder, 'plans/toy'), { recursive: true });
    await writeFile(join(folder, 'plans/toy.yaml'), stringify(plan));
    await writeFile(join(folder, 'plans/toy/basics.yaml'), stringify(basics));
    server = await startEmbeddedTemporal({ stateDir: folder, inMemory: true });
    environment = await TestWorkflowEnvironment.createFromExistingServer(server);
    const activities = createActivities({
      clusters: { contexts: ['fake'], client: () => kube, close: async () => undefined },
      plansFolder: join(folder, 'plans'),
      identity: 'in-process',
      temporal: { address: server.address, namespace: 'default' },
      client: environment.client,
      // As where the worker's login may not add them.
      searchAttributes: false,
      log: { info: () => undefined, warn: (message) => new DefaultLogger('ERROR').warn(message) },
    });
    worker = await Worker.create({
      ...workerTuning,
      connection: environment.nativeConnection,
      namespace: 'default',
      taskQueue,
      workflowBundle: { codePath: inject('workflowBundle') },
      activities: { ...activities },
    });
    polling = worker.run();
  });
  afterAll(async () => {
    worker.shutdown();
    await polling;
    await environment.teardown();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const cli = (...args: string[]): Promise<Ran> => runCli(args, { REKINDLE_STATE: folder }, folder);
  const refused = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cli(...args);
    expect({ code, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 2, stdout: '', lines: 1 });
    return stderr.trimEnd();
  };
  const untilAwaiting = async (): Promise<void> => {
    for (let look = 0; look < 40; look += 1)
      if ((await cli('status', 'the-run')).stdout.includes('awaiting-approval')) return;
    throw new Error(`never awaited an approval: ${(await cli('status', 'the-run')).stdout}`);
  };
  const approve = (by: string) => ['approve', 'the-run', '--by', by, '--reason', 'looked at it'];
  let recovery = '';

  it('in decisions is refused by the run: no name, an unknown step, another state, nobody who is listed, one person twice', async () => {
    expect((await cli('recover', 'toy', '--detach', '--workflow-id', 'the-run')).code).toBe(0);
    await untilAwaiting();

    expect(await refused(...approve(''))).toBe(
      'rekindle: approve was refused: approve needs "by", a text: {"by": "ana", "reason": "data checked"}',
    );
    expect(await refused('retry', 'nowhere', '--run', 'the-run', '--reason', 'x')).toBe(
      'rekindle: retryStep was refused: step "nowhere" is not held; held now: nothing',
    );
    expect(await refused('skip', 'basics', '--run', 'the-run', '--reason', 'x')).toContain('"basics" is not held');
    expect(await refused('clean-up', 'the-run', '--reason', 'x')).toBe(
      'rekindle: the-run is a recovery, no drill: what it restored stays',
    );
    expect(await refused(...approve('eve'))).toBe(
      'rekindle: approve was refused: "eve" may not approve by the plan; these may: ana, bo',
    );
    expect((await cli(...approve('ana'))).code).toBe(0);
    expect(await refused(...approve('ana'))).toBe(
      'rekindle: approve was refused: "ana" has approved already; the second approval must be another person\'s',
    );
  });

  it('does not reach a run that waits: a plan file that was changed meanwhile is said in its report, as are lists that do not find it', async () => {
    await appendFile(join(folder, 'plans/toy.yaml'), '# changed\n');
    expect((await cli(...approve('bo'))).code).toBe(0);
    const end = await cli('status', 'the-run', '--follow', '-o', 'json');

    const report = JSON.parse(end.stdout) as Report;
    recovery = report.recovery;
    expect(report.findings.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['NoSearchAttributes', 'PlanFileChanged']),
    );
    const page = (await cli('report', 'the-run', '-o', 'md')).stdout;
    expect(page).toMatch(
      /the file of plan toy has changed since this run began; the run goes on by its own copy \(sha256 [0-9a-f]{12}…\)/,
    );
    expect(page).toContain('the search attributes are not registered in this Temporal namespace');
  });

  it('in quiesce is told: a name that nobody has, and what is stopped already, which is left alone', async () => {
    const page = (await cli('report', 'the-run', '-o', 'md')).stdout;

    expect(page).toContain("preflight: QuiesceTargetMissing: CronJob invoicse of the plan's quiesce is not in toy");
    expect(page).toContain('correct the name, or write optional: true');
    expect(page).toMatch(/CronJob.*toy\/old-report.*was already/);
    expect(kube.requests.filter((request) => /^(patch|replace|apply) CronJob/.test(request))).toEqual([]);
  });

  it('in a resume ends before anything is touched: a recovery that nobody knows, a ledger that was edited', async () => {
    const before = kube.requests.filter((request) => !/^(get|list) /.test(request));

    expect(await refusedResume('toy-aaaaaaaa')).toContain(
      'RequestInvalid: "resume": no cluster that the worker knows (fake) has a ledger of recovery toy-aaaaaaaa',
    );
    const ledger = await kube.get(ledgerRef(recovery));
    if (ledger === undefined) throw new Error('there is no ledger');
    const data = ledger['data'] as Record<string, string>;
    kube.put({ ...ledger, data: { ...data, 'plan.yaml': `${data['plan.yaml'] ?? ''}# changed\n` } });
    expect(await refusedResume(recovery)).toContain(
      `ledger of recovery ${recovery} (ConfigMap rekindle-system/rekindle-${recovery}): plan.yaml does not fit the hash in run.json; it was edited by hand`,
    );
    expect(kube.requests.filter((request) => !/^(get|list) /.test(request))).toEqual(before);
  });

  const refusedResume = async (which: string): Promise<string> => {
    const { code, stderr } = await cli('resume', which, '--reason', 'x');
    expect([2, 3]).toContain(code);
    expect(stderr).not.toMatch(/^ {4}at /m);
    return stderr;
  };
});
