/** A worker as a child process, for whoever brings his own: `recover --embedded` and the drill. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../config.ts';
import { stopProcess } from '../temporal-server.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

export interface WorkerProcess {
  readonly pid: number;
  /** As it calls itself in heartbeats and in the report. */
  readonly identity: string;
  /** Settles when the process is gone, with how. */
  readonly ended: Promise<string>;
  /** SIGTERM: it hands over and ends. Returns when it is gone. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash would have it. */
  kill(): void;
}

export interface WorkerProcessOptions {
  /** All variables of the child: `TEMPORAL_ADDRESS`, `REKINDLE_KUBECONFIG`, … */
  readonly environment: Environment;
  /** Its log lines are appended here. */
  readonly logFile: string;
  /** It ends when this process is gone, however that happens. Else it outlives us until somebody stops it. */
  readonly tied: boolean;
  readonly uiUrl?: string;
  /** The `rekindle.js` to run. Default: that of this checkout or package. */
  readonly program?: string;
}

const startTimeoutMs = 60_000;

/** Starts a worker and returns when it polls. */
export async function startWorkerProcess(options: WorkerProcessOptions): Promise<WorkerProcess> {
  const program = options.program ?? fileURLToPath(new URL('../../bin/rekindle.js', import.meta.url));
  // Whoever brings a worker of his own has a run for it: nothing else is to be done beside that.
  const args = [
    program,
    'worker',
    '--no-templates',
    ...(options.tied ? ['--tied'] : []),
    ...uiArguments(options.uiUrl),
  ];
  // A file, not a pipe: a pipe would break under a worker that outlives us.
  const log = openSync(options.logFile, 'a', 0o600);
  const from = statSync(options.logFile).size;
  const child = spawn(process.execPath, args, {
    env: { ...options.environment },
    stdio: [options.tied ? 'pipe' : 'ignore', 'ignore', log],
    detached: true, // Ctrl-C reaches us alone: we decide in which order things end
  });
  closeSync(log);
  let gone: string | undefined;
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
    child.once('error', (error) => resolve(error.message));
  }).then((how) => (gone = how));
  const { pid } = child;
  if (pid === undefined) throw failedStart(await ended);
  child.unref();
  try {
    const identity = await pollingIdentity(options.logFile, from, () => gone);
    return { pid, identity, ended, stop: () => stopProcess(pid), kill: () => void child.kill('SIGKILL') };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

function uiArguments(uiUrl: string | undefined): string[] {
  return uiUrl === undefined ? [] : ['--ui-url', uiUrl];
}

/** Reads the child's log until it says that it polls. */
async function pollingIdentity(logFile: string, from: number, gone: () => string | undefined): Promise<string> {
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    const how = gone();
    const lines = (await readFrom(logFile, from)).split('\n').filter((line) => line !== '');
    for (const line of lines) {
      const entry = parse(line);
      if (entry?.message === 'polling' && entry.identity !== undefined) return entry.identity;
    }
    const last = lines.at(-1)?.replace(/^rekindle: /, '') ?? 'it said nothing';
    if (how !== undefined) throw failedStart(`${how}; last word: ${last}`);
    if (Date.now() > deadline)
      throw failedStart(`it does not poll after ${startTimeoutMs / 1000} s; last word: ${last}`);
    await sleep(100);
  }
}

async function readFrom(file: string, offset: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(Math.max(size - offset, 0)),
      0,
      Math.max(size - offset, 0),
      offset,
    );
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await handle.close();
  }
}

function failedStart(why: string): CliError {
  return new CliError(`the worker did not start (${why})`, exitCodes.unavailable);
}

function parse(line: string): { readonly message?: string; readonly identity?: string } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    const { message, identity }: Record<string, unknown> = { ...value };
    return {
      ...(typeof message === 'string' ? { message } : {}),
      ...(typeof identity === 'string' ? { identity } : {}),
    };
  } catch {
    return undefined;
  }
}
