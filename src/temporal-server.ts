/**
 * The embedded Temporal server: the CLI's development server with an SQLite file, for drills, trials and tests. It has
 * its own process group, so that Ctrl-C in a terminal reaches us first; it is stopped by its process id.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { open, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { ConfigError, loadConfig, type Config } from './config.ts';
import { searchAttributeNames } from './model/run.ts';
import { ensureTemporalCli, type Say } from './temporal-cli.ts';

export interface EmbeddedOptions {
  /** Folder of the database, the log and the note of where the server is. Default: the state folder. */
  readonly stateDir?: string;
  /** Default: derived from the folder's path, so that the address survives a restart; the next free one if taken. */
  readonly port?: number;
  readonly uiPort?: number;
  /** Keep nothing: no database file. */
  readonly inMemory?: boolean;
  readonly say?: Say;
  readonly config?: Config;
}

/** Where an embedded server is. */
export interface ServerAddress {
  readonly address: string;
  readonly uiUrl: string;
  readonly namespace: string;
}

export interface EmbeddedServer extends ServerAddress {
  readonly pid: number;
  /** False when one was running already: then `stop` leaves it alone. */
  readonly started: boolean;
  stop(): Promise<void>;
}

const noteFile = 'temporal.json';
const startTimeoutMs = 60_000;

/** Starts the server, or finds the one that runs on the same folder. Ready for clients when it returns. */
export async function startEmbeddedTemporal(options: EmbeddedOptions = {}): Promise<EmbeddedServer> {
  const config = options.config ?? loadConfig();
  const stateDir = options.stateDir ?? config.stateDir;
  const running = await runningServer(stateDir);
  if (running !== undefined) return { ...running, started: false, stop: () => Promise.resolve() };
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const program = await ensureTemporalCli(options.say, config);
  const base = portBase(stateDir);
  const port = options.port ?? (await freePort(base));
  const uiPort = options.uiPort ?? (await freePort(port + 1));
  const address = `127.0.0.1:${port}`;
  const args = serverArguments({
    port,
    uiPort,
    ...(options.inMemory ? {} : { database: join(stateDir, 'temporal.db') }),
  });
  const child = await launch(program, args, join(stateDir, 'temporal.log'));
  const where = { address, uiUrl: `http://127.0.0.1:${uiPort}`, namespace: 'default', pid: child.pid };
  const stop = async (): Promise<void> => {
    await stopProcess(child.pid);
    await rm(join(stateDir, noteFile), { force: true });
  };
  try {
    await untilReady(port, child);
    await writeFile(join(stateDir, noteFile), `${JSON.stringify(where)}\n`, { mode: 0o600 });
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...where, started: true, stop };
}

/** The server that runs on this folder, if its process lives and its port answers. */
export async function runningServer(stateDir: string): Promise<(ServerAddress & { readonly pid: number }) | undefined> {
  const text = await readFile(join(stateDir, noteFile), 'utf8').catch(() => undefined);
  const note: unknown = text === undefined ? undefined : safeJson(text);
  if (!isNote(note) || !isAlive(note.pid)) return undefined;
  return (await answers(Number(note.address.split(':')[1]))) ? note : undefined;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // half written by a process that was killed
  }
}

function isNote(value: unknown): value is ServerAddress & { readonly pid: number } {
  if (typeof value !== 'object' || value === null) return false;
  const { address, uiUrl, namespace, pid }: Record<string, unknown> = { ...value };
  return (
    typeof address === 'string' && typeof uiUrl === 'string' && typeof namespace === 'string' && typeof pid === 'number'
  );
}

function serverArguments(to: { readonly port: number; readonly uiPort: number; readonly database?: string }): string[] {
  const attributes = Object.values(searchAttributeNames).flatMap((name) => ['--search-attribute', `${name}=Keyword`]);
  const place = ['--ip', '127.0.0.1', '--port', String(to.port), '--ui-port', String(to.uiPort)];
  const database = to.database === undefined ? [] : ['--db-filename', to.database];
  return ['server', 'start-dev', ...place, ...database, ...attributes, '--log-level', 'error', '--log-format', 'json'];
}

interface Child {
  readonly pid: number;
  /** Settles with the exit's description when the process is gone. */
  readonly ended: Promise<string>;
  readonly logFile: string;
}

async function launch(program: string, args: readonly string[], logFile: string): Promise<Child> {
  const log = await open(logFile, 'a', 0o600);
  try {
    const child = spawn(program, args, { detached: true, stdio: ['ignore', log.fd, log.fd] });
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
      child.once('error', (error) => resolve(error.message));
    });
    if (child.pid === undefined) throw new ConfigError(`the embedded Temporal server does not start: ${await ended}`);
    child.unref(); // whoever started it says when it ends; it must not keep the process alive
    return { pid: child.pid, ended, logFile };
  } finally {
    await log.close();
  }
}

async function untilReady(port: number, child: Child): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  let gone: string | undefined;
  void child.ended.then((how) => (gone = how));
  while (!(await isServing(port))) {
    if (gone !== undefined)
      throw new ConfigError(`the embedded Temporal server ended at once (${gone}): see ${child.logFile}`);
    if (Date.now() > deadline)
      throw new ConfigError(
        `the embedded Temporal server does not answer after ${startTimeoutMs / 1000} s: see ${child.logFile}`,
      );
    await sleep(50);
  }
}

/** The port opens a moment before the frontend is healthy: only a real call tells. */
async function isServing(port: number): Promise<boolean> {
  if (!(await answers(port))) return false;
  try {
    const connection = await Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: 2_000 });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1_000 });
    const done = (yes: boolean) => () => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', done(true)).once('error', done(false)).once('timeout', done(false));
  });
}

/** SIGTERM, then SIGKILL after 10 s; returns when the process is gone. */
export async function stopProcess(pid: number): Promise<void> {
  signal(pid, 'SIGTERM');
  const deadline = Date.now() + 10_000;
  while (isAlive(pid)) {
    if (Date.now() > deadline) signal(pid, 'SIGKILL');
    await sleep(50);
  }
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  return signal(pid, 0);
}

/** Two checkouts on one machine get other ports: 20000–27999, below the ephemeral range. */
function portBase(stateDir: string): number {
  return 20_000 + (createHash('sha256').update(stateDir).digest().readUInt16BE(0) % 4_000) * 2;
}

/** The first free loopback port from `first` on. */
async function freePort(first: number): Promise<number> {
  for (let port = first; port < first + 100; port++) if (await isFree(port)) return port;
  throw new ConfigError(`no free port between ${first} and ${first + 99} for the embedded Temporal server`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
