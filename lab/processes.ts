import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeIfChanged } from './files.ts';
import { Hopeless, lastLines, LabError, pause } from './run.ts';

/** A process told apart from a later one that was given the same number: its id with its start time in clock ticks since boot. */
export interface ProcessMark {
  readonly pid: number;
  readonly startTicks: string;
}

/** One long-running process of a lab. */
export interface DaemonSpec {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** The mark of a running process; undefined where there is none or only its zombie is left. */
export function markOf(pid: number): ProcessMark | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The command's name, in parentheses, may hold spaces: fields are counted from behind it. State is field 3, start time 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X' || startTicks === undefined) return undefined;
  return { pid, startTicks };
}

/** Whether the very process that was marked still runs. */
export function isAlive(mark: ProcessMark | undefined): mark is ProcessMark {
  return mark !== undefined && markOf(mark.pid)?.startTicks === mark.startTicks;
}

/** The daemons of one lab: pid files and logs in one folder. */
export class Daemons {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Starts a daemon that outlives this process, unless it runs already. True if it was started now. */
  start(spec: DaemonSpec): boolean {
    if (isAlive(this.mark(spec.name))) return false;
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const [command = '', ...args] = spec.argv;
    const log = openSync(this.logFile(spec.name), 'a', 0o600);
    const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log], env: spec.env ?? process.env });
    closeSync(log);
    child.on('error', () => undefined);
    child.unref();
    const mark = child.pid === undefined ? undefined : markOf(child.pid);
    if (mark === undefined)
      throw new LabError(`${spec.name} could not be started (${command}): ${this.lastWords(spec.name)}`);
    writeIfChanged(this.pidFile(spec.name), JSON.stringify(mark));
    return true;
  }

  /** The recorded process, running or not. */
  mark(name: string): ProcessMark | undefined {
    try {
      return JSON.parse(readFileSync(this.pidFile(name), 'utf8')) as ProcessMark;
    } catch {
      return undefined;
    }
  }

  /** Every daemon that was ever started here, and whether it runs. */
  list(): { name: string; pid: number; running: boolean }[] {
    if (!existsSync(this.folder)) return [];
    const names = readdirSync(this.folder).filter((file) => file.endsWith('.pid'));
    return names.sort().flatMap((file) => {
      const name = file.slice(0, -4);
      const mark = this.mark(name);
      return mark === undefined ? [] : [{ name, pid: mark.pid, running: isAlive(mark) }];
    });
  }

  /** For use in a wait: ends it at once, with the daemon's last words, where the daemon is gone. */
  insist(name: string): void {
    if (!isAlive(this.mark(name)))
      throw new Hopeless(`${name} ended; its log ${this.logFile(name)} ends with: ${this.lastWords(name)}`);
  }

  /** Asks a daemon to end, kills it where it has not within `graceMs`, and returns when it is gone. */
  async stop(name: string, graceMs: number): Promise<void> {
    const mark = this.mark(name);
    if (isAlive(mark)) {
      if (graceMs > 0) await signalAndWait(mark, 'SIGTERM', graceMs);
      if (isAlive(mark)) await signalAndWait(mark, 'SIGKILL', 10_000);
      if (isAlive(mark))
        throw new LabError(`${name} (process ${mark.pid}) does not end, even killed: look at /proc/${mark.pid}/stack`);
    }
    rmSync(this.pidFile(name), { force: true });
  }

  /** Where a daemon writes. */
  logFile(name: string): string {
    return join(this.folder, `${name}.log`);
  }

  private pidFile(name: string): string {
    return join(this.folder, `${name}.pid`);
  }

  private lastWords(name: string): string {
    try {
      return lastLines(readFileSync(this.logFile(name), 'utf8'), 6);
    } catch {
      return `nothing was written below ${dirname(this.logFile(name))}`;
    }
  }
}

async function signalAndWait(mark: ProcessMark, signal: 'SIGTERM' | 'SIGKILL', ms: number): Promise<void> {
  try {
    process.kill(mark.pid, signal);
  } catch {
    return;
  }
  const deadline = Date.now() + ms;
  while (isAlive(mark) && Date.now() < deadline) await pause(20);
}
