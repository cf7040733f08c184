/** The workers of a drill: two, so that one can die. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config, Environment } from '../../config.ts';
import { runningServer, stopProcess, type ServerAddress } from '../../temporal-server.ts';
import { startWorkerProcess, type WorkerProcess } from '../worker-process.ts';

/** This process's variables, with every setting of another Temporal taken out. */
export function environmentFor(config: Config, server: ServerAddress): Environment {
  const others = Object.entries(config.environment).filter(
    ([name]) => !name.startsWith('TEMPORAL_') || name === 'TEMPORAL_CLI',
  );
  return { ...Object.fromEntries(others), TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: server.namespace };
}

export interface WorkersOptions {
  readonly config: Config;
  readonly server: ServerAddress;
  readonly folder: string;
  readonly kubeconfig: string;
  /** They outlive the drill. */
  readonly keep: boolean;
}

const pidFile = 'workers.json';

/** Starts two at once. If one does not start, neither is left. */
export async function startWorkers(options: WorkersOptions): Promise<readonly WorkerProcess[]> {
  const environment = {
    ...environmentFor(options.config, options.server),
    REKINDLE_KUBECONFIG: options.kubeconfig,
    REKINDLE_PLANS: options.config.plansFolder,
  };
  const start = (number: number): Promise<WorkerProcess> =>
    startWorkerProcess({
      environment,
      logFile: join(options.folder, `worker-${number}.log`),
      tied: !options.keep,
      uiUrl: options.server.uiUrl,
    });
  const results = await Promise.allSettled([start(1), start(2)]);
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) {
    await writeFile(join(options.folder, pidFile), JSON.stringify(started.map(({ pid }) => pid)));
    return started;
  }
  await stopWorkers(started);
  throw failed.reason;
}

/** Also those that are dead already. */
export async function stopWorkers(workers: readonly WorkerProcess[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.stop()));
}

/** Stops what a drill with `--keep` left running in this folder. Answers whether there was something. */
export async function stopKept(folder: string): Promise<boolean> {
  const pids = numbers(await readFile(join(folder, pidFile), 'utf8').catch(() => '[]'));
  const workers = [];
  for (const pid of pids) if (await isWorker(pid)) workers.push(pid);
  const server = await runningServer(folder);
  await Promise.all(workers.map(stopProcess));
  if (server !== undefined) await stopProcess(server.pid);
  await rm(join(folder, pidFile), { force: true });
  return workers.length > 0 || server !== undefined;
}

function numbers(text: string): number[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value)
      ? value.flatMap((one: unknown) => (typeof one === 'number' && one > 1 ? [one] : []))
      : [];
  } catch {
    return []; // half written by a process that was killed
  }
}

/** A process id may have been given to somebody else since. */
async function isWorker(pid: number): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return command.includes('rekindle.js') && command.split('\0').includes('worker');
}
