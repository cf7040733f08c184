/**
 * Records the histories that the replay test replays: `npm run record-histories [-- --again] [SCENARIO …]`.
 * A history that is there is never written over, except with `--again`: for a version that nobody runs yet.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { drillSiteType, recoverSiteType } from '../../src/model/run.ts';
import { registerSearchAttributes } from '../../src/temporal.ts';
import { ensureTemporalCli } from '../../src/temporal-cli.ts';
import { workerTuning } from '../../src/worker-tuning.ts';
import { bundleWorkflows } from './bundle.ts';
import { quietRuntime } from './quiet-runtime.ts';
import { drillScenarios } from './drill-scenarios.ts';
import { scenarios } from './scenarios.ts';

quietRuntime();
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = join(root, 'test', 'workflow', 'histories');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };

await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  const again = args.includes('--again');
  const asked = args.filter((arg) => arg !== '--again');
  const unknown = asked.filter((name) => scenarios[name] === undefined);
  if (unknown.length > 0)
    throw new Error(`no scenario ${unknown.join(', ')}; there are ${Object.keys(scenarios).join(', ')}`);
  for (const type of [recoverSiteType, drillSiteType]) mkdirSync(join(folder, type), { recursive: true });
  const names = (asked.length > 0 ? asked : Object.keys(scenarios)).filter(
    (name) => again || !existsSync(fileOf(name)),
  );
  if (names.length === 0) process.stdout.write(`every scenario has its history of ${version}; --again records anew\n`);
  else await record(names);
}

function fileOf(scenario: string): string {
  const type = drillScenarios[scenario] === undefined ? recoverSiteType : drillSiteType;
  return join(folder, type, `${scenario}@${version}.json`);
}

async function record(names: readonly string[]): Promise<void> {
  const workflowBundle = await bundleWorkflows();
  const isLong = (name: string): boolean => name === 'continued';
  const long = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=40'];
  await recordOn(
    [],
    names.filter((name) => !isLong(name)),
    workflowBundle,
  );
  await recordOn(long, names.filter(isLong), workflowBundle);
}

/** Records on a server of its own, with arguments for it. */
async function recordOn(
  extraArgs: string[],
  names: readonly string[],
  workflowBundle: WorkflowBundleWithSourceMap,
): Promise<void> {
  if (names.length === 0) return;
  const path = await ensureTemporalCli();
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path }, extraArgs, log: { format: 'pretty', level: 'error' } },
    client: { identity: 'recorder' },
  });
  const { client, nativeConnection: connection, address, namespace = 'default' } = environment;
  try {
    await registerSearchAttributes(environment.connection, namespace);
    for (const name of names) {
      const taskQueue = `record-${name}`;
      const worker = (activities: object): Promise<Worker> =>
        Worker.create({
          ...workerTuning,
          connection,
          namespace,
          taskQueue,
          identity: 'second',
          workflowBundle,
          activities,
        });
      await scenarios[name]?.({ client, address, namespace, taskQueue, workflowId: name, worker });
      const history = historyToJSON(await client.workflow.getHandle(name).fetchHistory());
      // Stack traces name this machine's folders; a replay does not look at them.
      writeFileSync(fileOf(name), `${history.replaceAll(`${root}/`, '')}\n`);
      process.stdout.write(`recorded ${name}@${version}\n`);
    }
  } finally {
    await environment.teardown();
  }
}
