import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeCgroups, removeCgroups } from './cgroups.ts';
import { writeIfChanged } from './files.ts';
import type { LabNames, LabRange } from './names.ts';
import { connectMachine, waitForInterfaceGone } from './network.ts';
import { Daemons, isAlive, markOf } from './processes.ts';
import type { ProcessMark } from './processes.ts';
import { LabError, pause, run, waitFor } from './run.ts';

/**
 * The small machine that a site-level lab runs in: namespaces of its own for processes, mounts, network, host name and
 * shared memory. Whatever the lab starts, mounts or plugs in is inside, so that ending it leaves nothing behind.
 */
export class Machine {
  readonly names: LabNames;
  readonly range: LabRange;
  readonly daemons: Daemons;
  private readonly folder: string;
  private readonly environment: NodeJS.ProcessEnv;

  constructor(names: LabNames, range: LabRange, stateDir: string, environment: NodeJS.ProcessEnv) {
    this.names = names;
    this.range = range;
    this.folder = join(stateDir, 'run');
    this.daemons = new Daemons(this.folder);
    this.environment = environment;
  }

  /** Whether its first process runs. */
  isUp(): boolean {
    return isAlive(this.initMark());
  }

  /** Starts it, unless it is up. `places` maps folders of the host to where they are seen inside. */
  async start(script: string, places: ReadonlyMap<string, string>): Promise<void> {
    if (this.isUp()) return;
    await this.stop();
    makeCgroups(this.names.cgroup);
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const ready = join(this.folder, 'machine.ready');
    rmSync(ready, { force: true });
    for (const folder of places.keys()) mkdirSync(folder, { recursive: true, mode: 0o755 });
    const pairs = [...places].map(([folder, place]) => `${folder}=${place}`);
    const namespaces = ['--mount', '--pid', '--net', '--ipc', '--uts', '--fork', '--kill-child'];
    const argv = ['unshare', ...namespaces, 'sh', script, this.names.hostName, ready, ...pairs];
    this.daemons.start({ name: 'machine', argv });
    await waitFor('the lab has its own namespaces', 60, () => {
      this.daemons.insist('machine');
      return existsSync(ready) ? true : undefined;
    });
    const init = this.findInit();
    if (init === undefined) throw new LabError(`lab ${this.names.name} ended as soon as it had begun`);
    await connectMachine(init.pid, this.names, this.range);
    // Written last: it says that the machine is whole. One that was interrupted before is ended and started anew.
    writeIfChanged(this.initFile(), JSON.stringify(init));
  }

  /** Ends every process inside, at once; the kernel then drops its mounts, interfaces and rules. Data in files stays. */
  async stop(): Promise<void> {
    const init = this.initMark() ?? this.findInit();
    if (isAlive(init)) {
      const namespaces = namespaceIds(init.pid);
      process.kill(init.pid, 'SIGKILL');
      await waitFor('the lab has ended', 60, () => (isAlive(init) ? undefined : true), 20);
      await waitForNamespaces(namespaces);
    }
    await this.daemons.stop('machine', 0);
    rmSync(this.initFile(), { force: true });
    await waitForInterfaceGone(this.names.hostInterface);
    await removeCgroups(this.names.cgroup);
  }

  /** A command line that runs inside. */
  wrap(argv: readonly string[]): string[] {
    const namespaces = ['--mount', '--pid', '--net', '--ipc', '--uts'];
    return ['nsenter', `--target=${this.initPid()}`, ...namespaces, '--', ...argv];
  }

  /** Runs a command inside to its end and returns its standard output. */
  run(argv: readonly string[], input?: string): Promise<string> {
    return run(this.wrap(argv), { env: this.environment, ...(input === undefined ? {} : { input }) });
  }

  /** Starts a daemon inside, unless it runs. True if it was started now. */
  daemon(name: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}): boolean {
    return this.daemons.start({ name, argv: this.wrap(argv), env: { ...this.environment, ...env } });
  }

  /** Kills one daemon inside. What runs on the host under its name is only the way in, so its child is what is killed. */
  async killDaemon(name: string): Promise<void> {
    const mark = this.daemons.mark(name);
    for (const child of isAlive(mark) ? childrenOf(mark.pid) : []) process.kill(child, 'SIGKILL');
    for (let round = 0; round < 250 && isAlive(mark); round += 1) await pause(20);
    await this.daemons.stop(name, 0);
  }

  /** Process id of the first process, as the host numbers it. */
  initPid(): number {
    const mark = this.initMark();
    if (!isAlive(mark)) throw new LabError(`lab ${this.names.name} does not run`);
    return mark.pid;
  }

  private initMark(): ProcessMark | undefined {
    try {
      return JSON.parse(readFileSync(this.initFile(), 'utf8')) as ProcessMark;
    } catch {
      return undefined;
    }
  }

  private findInit(): ProcessMark | undefined {
    const parent = this.daemons.mark('machine');
    const [child] = isAlive(parent) ? childrenOf(parent.pid) : [];
    return child === undefined ? undefined : markOf(child);
  }

  private initFile(): string {
    return join(this.folder, 'init.json');
  }
}

/** Process ids of a process's children. */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function namespaceIds(pid: number): string[] {
  return ['mnt', 'net', 'pid'].map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`));
}

// The namespaces' own processes are gone with the first one; commands that were on their way in may take a moment more.
async function waitForNamespaces(ids: readonly string[]): Promise<void> {
  await waitFor(
    "the lab's last process is gone",
    30,
    () => {
      const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
      const left = pids.filter((pid) =>
        ['mnt', 'net', 'pid'].some((kind) => ids.includes(linkOf(`/proc/${pid}/ns/${kind}`))),
      );
      if (left.length > 0) throw new Error(`processes ${left.join(', ')} are still there`);
      return true;
    },
    50,
  );
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
