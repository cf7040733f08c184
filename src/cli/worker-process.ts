/** A worker as a child process, for whoever brings his own: `recover --embedded` and the drill. */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../config.ts';
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
}

const startTimeoutMs = 60_000;

/** Starts a worker and returns when it polls. It ends by itself when this process is gone. */
export async function startWorkerProcess(options: WorkerProcessOptions): Promise<WorkerProcess> {
  const program = fileURLToPath(new URL('../../bin/rekindle.js', import.meta.url));
  const child = spawn(process.execPath, [program, 'worker', '--tied'], {
    env: { ...options.environment },
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true, // Ctrl-C reaches us alone: we decide in which order things end
  });
  const log = createWriteStream(options.logFile, { flags: 'a', mode: 0o600 });
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
    child.once('error', (error) => resolve(error.message));
  });
  const identity = await pollingIdentity(child.stderr, (line) => log.write(`${line}\n`), ended).catch(
    (error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    },
  );
  void ended.then(() => log.end());
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), 30_000);
    await ended;
    clearTimeout(patience);
  };
  return { pid: child.pid ?? 0, identity, ended, stop, kill: () => void child.kill('SIGKILL') };
}

/** Reads the child's log until it says that it polls; goes on copying it afterwards. */
async function pollingIdentity(
  stderr: NodeJS.ReadableStream,
  copy: (line: string) => void,
  ended: Promise<string>,
): Promise<string> {
  let last = 'it said nothing';
  const polls = new Promise<string>((resolve) => {
    createInterface({ input: stderr }).on('line', (line) => {
      copy(line);
      const entry = parse(line);
      last = entry?.message ?? line;
      if (entry?.message === 'polling' && entry.identity !== undefined) resolve(entry.identity);
    });
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(failedStart(`it does not poll after ${startTimeoutMs / 1000} s; last word: ${last}`)),
      startTimeoutMs,
    );
  });
  const died = ended.then((how): never => {
    throw failedStart(`${how}; last word: ${last}`);
  });
  try {
    return await Promise.race([polls, late, died]);
  } finally {
    clearTimeout(timer);
    died.catch(() => undefined); // a worker that ends later is not a failed start
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
