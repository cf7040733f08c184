import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { LabLevel } from './events.ts';

const choices = 'use a cluster of your own (its kubeconfig context, by --context) or a Linux machine';
const siteCommands = ['unshare', 'nsenter', 'mount', 'ip', 'apt-get', 'dpkg', 'python3', 'perl'];

/** One sentence that says why a lab of this level cannot run on this machine and what the choices are; undefined where it can. */
export function labUnavailableReason(level: LabLevel): string | undefined {
  if (process.platform !== 'linux') {
    return `the lab needs Linux and this is ${process.platform}: ${choices}`;
  }
  if (process.arch !== 'x64') {
    return `the lab's programs are pinned for x86-64 and this machine is ${process.arch}: ${choices} with x86-64`;
  }
  if (level === 'control-plane') return undefined;
  if (process.getuid?.() !== 0) {
    return `a whole lab needs root, for namespaces, mounts and containers: run it with sudo, take --level control-plane for an API server alone, or ${choices} where you are root`;
  }
  const missing = siteCommands.filter((command) => !isOnPath(command));
  if (missing.length > 0) {
    return `the lab needs the commands ${missing.join(', ')}, which are not on the PATH: install them (Debian or Ubuntu), take --level control-plane, or ${choices} that has them`;
  }
  const absent = ['overlay', 'btrfs'].filter((name) => !hasFileSystem(name));
  if (absent.length > 0) {
    return `the kernel knows no ${absent.join(' and no ')} file system, which the lab's containers and volumes need: take --level control-plane, or ${choices} whose kernel has it`;
  }
  if (!existsSync('/dev/loop-control')) {
    return `there are no loop devices (/dev/loop-control), which the lab's storage needs: take --level control-plane, or ${choices} that has them`;
  }
  return undefined;
}

function isOnPath(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function hasFileSystem(name: string): boolean {
  if (new RegExp(`\\b${name}$`, 'm').test(readFileSync('/proc/filesystems', 'utf8'))) return true;
  // Not loaded yet, but mount will load it.
  const release = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  return existsSync(`/lib/modules/${release}/kernel/fs/${name === 'overlay' ? 'overlayfs' : name}`);
}
