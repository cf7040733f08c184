import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drillSiteType, recoverSiteType } from '../../src/model/run.ts';
import { newestTemplates } from '../../src/templates.ts';
import { runQueries } from '../../src/temporal-links.ts';
import { type EmbeddedServer, startEmbeddedTemporal } from '../../src/temporal-server.ts';
import { type RunningCli, runCli, startCli } from '../support/cli.ts';

const smallest = join(import.meta.dirname, '../../plans/examples/smallest.yaml');

/** A cluster that nobody answers for: a look at it fails, the form is filled in all the same. */
const kubeconfig = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:9' } }],
  users: [{ name: 'u', user: { token: 'not-a-real-one' } }],
  contexts: [{ name: 'dr-east', context: { cluster: 'c', user: 'u' } }],
});

interface Page {
  readonly plans: readonly { readonly plan: string; readonly start: string; readonly filledIn: boolean }[];
}

describe('a worker that prepares the UI', { timeout: 180_000 }, () => {
  let folder: string;
  let server: EmbeddedServer;
  let client: Client;
  let connection: Connection;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rekindle-runbooks-'));
    await mkdir(join(folder, 'plans'));
    await copyFile(smallest, join(folder, 'plans/smallest.yaml'));
    await writeFile(join(folder, 'plans/unfit.yaml'), 'kind: RestorePlan\n');
    await writeFile(join(folder, 'kubeconfig'), kubeconfig);
    server = await startEmbeddedTemporal({ stateDir: folder, inMemory: true });
    connection = await Connection.connect({ address: server.address });
    client = new Client({ connection });
  });
  afterAll(async () => {
    await connection.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const environment = () => ({ REKINDLE_STATE: folder, REKINDLE_KUBECONFIG: join(folder, 'kubeconfig') });
  const cli = (...args: string[]) => runCli(args, environment(), folder);
  /** Runs a worker until its log says what is waited for. Answers with the lines. */
  const workerUntil = async (said: RegExp): Promise<string> => {
    const { child, ended }: RunningCli = startCli(['worker'], environment(), folder);
    let log = '';
    for await (const data of child.stderr ?? []) {
      log += String(data);
      if (said.test(log)) break;
    }
    const gone = child.exitCode === null ? once(child, 'exit') : Promise.resolve();
    child.kill('SIGTERM');
    await gone;
    await ended.catch(() => undefined);
    return log;
  };

  it('makes one template run for each valid plan, whose input is a recovery’s, and polls before that', async () => {
    const log = await workerUntil(/a plan is not valid[^]*\n/);

    expect(log.indexOf('"polling"')).toBeGreaterThan(-1);
    expect(log.indexOf('"polling"')).toBeLessThan(log.indexOf('template run started'));
    expect(log).toContain('a plan is not valid: no form is prepared for it');
    const templates = await newestTemplates(client);
    expect([...templates.keys()]).toEqual(['smallest']);
    const { workflowId = '', runId } = templates.get('smallest') ?? {};
    const handle = client.workflow.getHandle(workflowId, runId);
    const { events } = await handle.fetchHistory();
    const started = events?.[0]?.workflowExecutionStartedEventAttributes;
    expect(started?.taskQueue?.name).toBe('rekindle-look-only');
    expect(started?.input?.payloads?.map(({ data }) => Buffer.from(data ?? []).toString())).toEqual([
      '{"plan":"smallest"}',
    ]);
    expect((await cli('status', '-o', 'json')).stdout).toBe('[]\n');
  });

  it('makes no second one at its next start, and a new one when the plan has changed', async () => {
    const first = (await newestTemplates(client)).get('smallest');
    await client.workflow.getHandle(first?.workflowId ?? '').terminate();

    const file = join(folder, 'plans/smallest.yaml');
    await writeFile(file, `${await readFile(file, 'utf8')}# changed\n`);
    await workerUntil(/template run started/);

    const second = (await newestTemplates(client)).get('smallest');
    expect(second?.runId).not.toBe(first?.runId);
    expect(second?.planSha256).not.toBe(first?.planSha256);
    // Plans are gone through by name: `unfit` comes after `smallest`.
    const log = await workerUntil(/a plan is not valid[^]*\n/);
    expect(log).not.toContain('template run started');
  });

  it('leaves the list of what is open to recoveries and drills: the link finds both', async () => {
    const ids = ['an-open-recovery', 'an-open-drill'];
    const types = [recoverSiteType, drillSiteType];
    for (const [index, workflowId] of ids.entries())
      await client.workflow.start(types[index] ?? '', { taskQueue: 'nobody-polls-this', workflowId, args: [{}] });
    const isOurs = (id: string) => ids.includes(id);
    const open = async (): Promise<readonly string[]> => {
      const found: string[] = [];
      for await (const { workflowId } of client.workflow.list({ query: runQueries.open })) found.push(workflowId);
      return found;
    };
    try {
      await expect
        .poll(async () => (await open()).filter(isOurs).toSorted(), { timeout: 20_000 })
        .toEqual(ids.toSorted());
    } finally {
      for (const id of ids) await client.workflow.getHandle(id).terminate();
    }
  });

  it('is what `rekindle runbooks` links to', async () => {
    const { runId = '' } = (await newestTemplates(client)).get('smallest') ?? {};

    const page = JSON.parse((await cli('runbooks', '-o', 'json')).stdout) as Page;

    expect(page.plans).toEqual([
      expect.objectContaining({
        plan: 'smallest',
        filledIn: true,
        start: `${server.uiUrl}/namespaces/default/workflows/start-workflow?taskQueue=rekindle&workflowType=recoverSite&runId=${runId}`,
      }),
      expect.objectContaining({ plan: 'unfit', filledIn: false }),
    ]);
    const elsewhere = await cli('runbooks', '--ui-url', 'https://temporal.example/');
    expect(elsewhere.stdout).toContain('\n  held       https://temporal.example/namespaces/default/workflows?query=');
    expect(await cli('runbooks', '--ui-url', 'temporal')).toMatchObject({
      code: 2,
      stderr: 'rekindle: --ui-url is "temporal", no address of a page: write it like https://temporal.example:8080\n',
    });
  });
});
