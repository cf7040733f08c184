/**
 * Records the histories that the replay test replays: `npm run record-histories [-- --again] [SCENARIO …]`.
 * A history that is there is never written over, except with `--again`: for a version that nobody runs yet.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { NativeConnection, Worker } from '@temporalio/worker';
import { drillSiteType, recoverSiteType } from '../../src/model/run.ts';
import { startEmbeddedTemporal } from '../../src/temporal-server.ts';
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
  const stateDir = mkdtempSync(join(tmpdir(), 'rekindle-histories-'));
  const server = await startEmbeddedTemporal({ stateDir, inMemory: true });
  const { address, namespace } = server;
  const connection = await Connection.connect({ address });
  const native = await NativeConnection.connect({ address });
  try {
    const client = new Client({ connection, namespace, identity: 'recorder' });
    const workflowBundle = await bundleWorkflows();
    for (const name of names) {
      const taskQueue = `record-${name}`;
      const worker = (activities: object): Promise<Worker> =>
        Worker.create({
          ...workerTuning,
          connection: native,
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
    await native.close();
    await connection.close();
    await server.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
}
