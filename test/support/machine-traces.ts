/** What a lab could leave behind on the machine, as lines of text that can be compared before and after. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { hierarchies } from '../../lab/cgroups.ts';
import { stateFolder } from '../../lab/cache.ts';
import { namesOf } from '../../lab/names.ts';
import { ensurePrograms } from '../../lab/programs.ts';
import { run } from '../../lab/run.ts';

// Folders in which programs of a lab would keep their things if they were not told otherwise.
const watchedFolders = ['/var/lib', '/run', '/run/netns', '/etc', '/opt', '/usr/libexec'];

/**
 * Everything of a kind that a lab makes: processes of this lab, and all mounts, loop devices, interfaces, routes,
 * packet filter rules, cgroups and folders of the machine. What names another lab is left out: that may come and go.
 */
export async function machineTraces(labName: string): Promise<string[]> {
  const names = namesOf(labName);
  const state = stateFolder(labName);
  const lines = [
    ...processesOf(names.cgroup, state).map((line) => `process ${line}`),
    ...readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => `mount ${line}`),
    ...(await loopDevices(dirname(state))).map((line) => `loop device ${line}`),
    ...(await textLines(['ip', '-brief', 'link'])).map((line) => `interface ${line.split(/\s+/)[0] ?? ''}`),
    ...(await textLines(['ip', '-4', 'route', 'show', 'table', 'all'])).map((line) => `route ${line}`),
    ...(await packetFilter()).map((line) => `rule ${line}`),
    ...hierarchies().flatMap(({ folder }) => entriesOf(folder).map((name) => `cgroup ${folder}/${name}`)),
    ...watchedFolders.flatMap((folder) => entriesOf(folder).map((name) => `file ${folder}/${name}`)),
    ...entriesOf(dirname(state)).map((name) => `lab state ${name}`),
  ];
  return lines.filter((line) => !ofAnotherLab(line, names.hostInterface, names.cgroup, labName)).sort();
}

function ofAnotherLab(line: string, hostInterface: string, cgroup: string, labName: string): boolean {
  if (line.startsWith('lab state ')) return !line.includes(labName);
  const link = /\brkl-[0-9a-f]{8}/.exec(line)?.[0];
  if (link !== undefined) return link !== hostInterface;
  const group = /\brekindle-lab-[0-9a-f]{8}/.exec(line)?.[0];
  if (group !== undefined) return group !== cgroup;
  const folder = /\/rekindle\/labs\/([^/]+)\//.exec(line)?.[1];
  return folder !== undefined && folder !== labName;
}

function processesOf(cgroup: string, state: string): string[] {
  const pids = entriesOf('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.flatMap((pid) => {
    const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
    const isOurs = read(`/proc/${pid}/cgroup`).includes(`/${cgroup}`) || command.includes(`${state}/`);
    return isOurs ? [`${pid} ${command.slice(0, 200)}`] : [];
  });
}

// A pool that a joined lab has kept mounted is shown by a path that ended with the lab which mounted it: told by its inode.
async function loopDevices(labs: string): Promise<string[]> {
  const pools = entriesOf(labs).map((lab) => `${labs}/${lab}/pool.img`);
  const byInode = new Map(pools.filter((file) => existsSync(file)).map((file) => [String(statSync(file).ino), file]));
  const listed = await textLines(['losetup', '--list', '--noheadings', '--output', 'BACK-INO,BACK-FILE']);
  const rows = listed.map((line) => line.trim().split(/\s+/));
  return rows.flatMap(([inode = '', file]) => (file === undefined ? [] : [byInode.get(inode) ?? file]));
}

// The counters in brackets change by themselves.
async function packetFilter(): Promise<string[]> {
  const bin = mkdtempSync(join(tmpdir(), 'rekindle-traces-'));
  const { environment } = await ensurePrograms(bin, () => undefined);
  const saved = await run(['iptables-save'], { env: environment });
  rmSync(bin, { recursive: true });
  return saved
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/\[\d+:\d+\]/, ''));
}

async function textLines(argv: readonly string[]): Promise<string[]> {
  return (await run(argv)).split('\n').filter((line) => line !== '');
}

function entriesOf(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The namespaces of the process that a lab's whole machine hangs on, e.g. `net:[4026532001]`. */
export function namespacesOf(pid: number): string[] {
  return ['mnt', 'net', 'pid', 'ipc', 'uts'].map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`));
}

/** Processes of the machine that are in one of these namespaces. */
export function processesIn(namespaces: readonly string[]): string[] {
  const pids = entriesOf('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.filter((pid) => {
    try {
      return namespacesOf(Number(pid)).some((one) => namespaces.includes(one));
    } catch {
      return false; // ended while we looked
    }
  });
}
