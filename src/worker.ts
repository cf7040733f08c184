/** The worker: the process that carries recoveries out. As many may run as one likes; another takes over when one dies. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { type Activities, createActivities } from '../activities/index.ts';
import type { Config } from './config.ts';
import { clustersFromKubeconfig } from './kube/clusters.ts';
import type { LogLevel, LogSink } from './log.ts';
import { lookOnly } from './look-only-worker.ts';
import { taskQueue } from './model/run.ts';
import { connectTemporal, registerSearchAttributes, temporalTarget, unreachable, type Temporal } from './temporal.ts';
import { workerTuning } from './worker-tuning.ts';

export interface RunWorkerOptions {
  readonly config: Config;
  readonly log: LogSink;
  /** Default: the queue that `recoverSite` is started on. */
  readonly taskQueue?: string;
  /** Prepare the UI's forms: a template run a plan. Default: yes. */
  readonly templates?: boolean;
  /** Address of Temporal's UI, for links; known by itself for the embedded server. */
  readonly uiUrl?: string;
}

/** Runs until SIGTERM or SIGINT, then hands over and returns. Throws a TemporalError or ConfigError at the start. */
export async function runWorker(options: RunWorkerOptions): Promise<void> {
  const { config, log } = options;
  const clusters = clustersFromKubeconfig(config.kubeconfig);
  const temporal = await connectTemporal(config);
  // Not before: an installed runtime keeps the process alive until it is shut down.
  installRuntime(log);
  try {
    const unregistered = await registerSearchAttributes(temporal.connection, temporal.namespace);
    if (unregistered !== undefined)
      log('warn', 'search attributes are not registered: runs go on without them', { why: unregistered });
    const uiUrl = options.uiUrl ?? temporal.uiUrl;
    const identity = workerIdentity(config.host);
    const activities = createActivities({
      clusters,
      plansFolder: config.plansFolder,
      identity,
      temporal: { address: temporal.address, namespace: temporal.namespace, ...(uiUrl === undefined ? {} : { uiUrl }) },
      client: temporal.client,
      searchAttributes: unregistered === undefined,
      log: {
        info: (message, fields) => log('info', message, fields),
        warn: (message, fields) => log('warn', message, fields),
      },
    });
    await poll(options, temporal, identity, activities);
  } finally {
    await clusters.close();
    await temporal.close();
    await Runtime.instance().shutdown();
  }
}

async function poll(
  options: RunWorkerOptions,
  temporal: Temporal,
  identity: string,
  activities: Activities,
): Promise<void> {
  const { config, log } = options;
  const { address, namespace } = temporal;
  const target = await temporalTarget(config);
  const connection = await NativeConnection.connect({ ...target.connectionOptions, address }).catch(
    (error: unknown) => {
      throw unreachable({ ...target, address }, error);
    },
  );
  try {
    const queue = options.taskQueue ?? taskQueue;
    const code = await workflowCode();
    const worker = await Worker.create({
      ...workerTuning,
      ...code,
      connection,
      namespace,
      taskQueue: queue,
      identity,
      activities,
    });
    const running = worker.run();
    log('info', 'polling', { identity, taskQueue: queue, temporal: address, namespace, plans: config.plansFolder });
    const { plansFolder } = config;
    const common = { client: temporal.client, plansFolder, taskQueue: queue, log };
    const looking =
      options.templates === false
        ? undefined
        : lookOnly({ ...common, connection, namespace, identity, activities, code });
    try {
      await running;
    } finally {
      await looking?.stop();
    }
    log('info', 'stopped', { identity });
  } finally {
    await connection.close();
  }
}

/** Unique for each process: the workflow tells a crash (another identity goes on) from a stall (the same one does). */
export function workerIdentity(host: string, pid: number = process.pid): string {
  return `rekindle-${pid}@${host}-${randomBytes(3).toString('hex')}`;
}

/** The bundle that the package brings, or in a checkout the sources, bundled now. */
async function workflowCode(): Promise<Required<Pick<WorkerOptions, 'workflowBundle'>>> {
  const bundle = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
  if (existsSync(bundle)) return { workflowBundle: { codePath: bundle } };
  const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
  return { workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: Runtime.instance().logger }) };
}

const sdkLevels = { TRACE: 'debug', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** Everything that the SDK and its native part say goes through our log. Once in a process. */
export function installRuntime(log: LogSink): void {
  const at = (level: LogLevel) => (message: string, meta?: Record<string, unknown>) =>
    log(level, message, sdkFields(meta));
  const ignored = (): void => undefined; // far too much, and of no use to an operator
  Runtime.install({
    logger: {
      log: (level, message, meta) => (sdkLevels[level] === 'debug' ? undefined : at(sdkLevels[level])(message, meta)),
      trace: ignored,
      debug: ignored,
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
    },
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} } },
  });
}

/** The SDK adds a dozen fields to each line; these say something. */
function sdkFields(meta: Record<string, unknown> = {}): Record<string, unknown> {
  const useful = [
    'state',
    'workflowId',
    'runId',
    'activityType',
    'activityId',
    'attempt',
    'error',
    'message',
    'failure',
  ];
  return Object.fromEntries(Object.entries(meta).filter(([name]) => useful.includes(name)));
}
