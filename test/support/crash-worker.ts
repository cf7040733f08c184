/** A worker in a process of its own, made to be killed: node crash-worker.ts ADDRESS NAMESPACE TASK-QUEUE */
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { workerTuning } from '../../src/worker-tuning.ts';
import { workflowsPath } from './bundle.ts';
import { stuckActivities } from './crash-plan.ts';
import { quietRuntime } from './quiet-runtime.ts';

quietRuntime();
const [address = '', namespace = '', taskQueue = ''] = process.argv.slice(2);
const client = new Client({ connection: await Connection.connect({ address }), namespace });
const worker = await Worker.create({
  ...workerTuning,
  connection: await NativeConnection.connect({ address }),
  namespace,
  taskQueue,
  identity: 'first',
  workflowsPath,
  activities: stuckActivities('first', client),
});
await worker.run();
