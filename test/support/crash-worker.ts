/** A worker in a process of its own, made to be killed: node crash-worker.ts ADDRESS NAMESPACE TASK-QUEUE [drill] */
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { workerTuning } from '../../src/worker-tuning.ts';
import { workflowsPath } from './bundle.ts';
import { standingActivities, stuckActivities } from './crash-plan.ts';
import { quietRuntime } from './quiet-runtime.ts';

quietRuntime();
const [address = '', namespace = '', taskQueue = '', what = ''] = process.argv.slice(2);
const client = new Client({ connection: await Connection.connect({ address }), namespace });
const worker = await Worker.create({
  ...workerTuning,
  connection: await NativeConnection.connect({ address }),
  namespace,
  taskQueue,
  identity: 'first',
  workflowsPath,
  activities: what === 'drill' ? standingActivities() : stuckActivities('first', client),
});
process.stdout.write('polls\n');
await worker.run();
