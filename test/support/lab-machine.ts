import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabInfo } from '../../lab/lab.ts';
import { Machine } from '../../lab/machine.ts';
import { namesOf } from '../../lab/names.ts';
import { chooseRange } from '../../lab/network.ts';

/** The machine that a site-level lab runs in, for tests that break a part of it. `up` brings killed parts back. */
export async function machineOf(lab: LabInfo): Promise<Machine> {
  const names = namesOf(lab.name);
  return new Machine(names, await chooseRange(join(lab.stateDir, 'range.json'), names), lab.stateDir, process.env);
}

/** Kills processes in a lab's pods with SIGKILL, by how their command lines begin; returns how many. No handler of theirs runs. */
export function killInPods(lab: LabInfo, command: readonly string[]): number {
  return signalInPods(lab, command, 'SIGKILL');
}

/** The same with another signal. */
export function signalInPods(lab: LabInfo, command: readonly string[], signal: NodeJS.Signals): number {
  const { cgroup } = namesOf(lab.name);
  const ours = readdirSync('/proc').filter(
    (pid) =>
      /^\d+$/.test(pid) &&
      textOf(`/proc/${pid}/cmdline`).startsWith(`${command.join('\0')}\0`) &&
      textOf(`/proc/${pid}/cgroup`).includes(`/${cgroup}/`),
  );
  for (const pid of ours) process.kill(Number(pid), signal);
  return ours.length;
}

/** What a file of /proc says; nothing where its process has gone. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
