import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { LabLevel } from './events.ts';

const choices = 'use a cluster of your own (its kubeconfig context, by --context) or a Linux machine';
const siteCommands = ['unshare', 'nsenter', 'mount', 'losetup', 'ip', 'apt-get', 'dpkg-deb', 'python3', 'perl'];
const fileSystems = ['overlay', 'btrfs'];

/** What decides whether a lab can run. */
export interface MachineFacts {
  readonly platform: string;
  readonly arch: string;
  readonly isRoot: boolean;
  readonly missingCommands: readonly string[];
  readonly missingFileSystems: readonly string[];
  readonly hasLoopDevices: boolean;
}

/** One sentence that says why a lab of this level cannot run on this machine and what the choices are; undefined where it can. */
export function labUnavailableReason(level: LabLevel): string | undefined {
  return reasonAgainst(level, machineFacts());
}

/** The same for a machine of which these facts are known. */
export function reasonAgainst(level: LabLevel, facts: MachineFacts): string | undefined {
  if (facts.platform !== 'linux') return `the lab needs Linux and this is ${facts.platform}: ${choices}`;
  if (facts.arch !== 'x64') {
    return `the lab's programs are pinned for x86-64 and this machine is ${facts.arch}: ${choices} with x86-64`;
  }
  if (level === 'control-plane') return undefined;
  const otherwise = `take --level control-plane for an API server alone, or ${choices}`;
  if (!facts.isRoot) {
    return `a whole lab needs root, for namespaces, mounts and containers: run it with sudo, ${otherwise} where you are root`;
  }
  if (facts.missingCommands.length > 0) {
    return `a whole lab needs the commands ${facts.missingCommands.join(', ')}, which are not on the PATH: install them (Debian or Ubuntu), ${otherwise} that has them`;
  }
  if (facts.missingFileSystems.length > 0) {
    return `the kernel knows no ${facts.missingFileSystems.join(' and no ')} file system, which the lab's containers and volumes need: ${otherwise} whose kernel has it`;
  }
  if (!facts.hasLoopDevices) {
    return `there are no loop devices (/dev/loop-control), which the lab's storage needs: ${otherwise} that has them`;
  }
  return undefined;
}

function machineFacts(): MachineFacts {
  const isLinux = process.platform === 'linux';
  return {
    platform: process.platform,
    arch: process.arch,
    isRoot: process.getuid?.() === 0,
    missingCommands: siteCommands.filter((command) => !isOnPath(command)),
    missingFileSystems: isLinux ? fileSystems.filter((name) => !hasFileSystem(name)) : fileSystems,
    hasLoopDevices: existsSync('/dev/loop-control'),
  };
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
  const known = readFileSync('/proc/filesystems', 'utf8').split('\n');
  if (known.some((line) => line.split('\t').at(-1) === name)) return true;
  // Not loaded yet, but mount will load it.
  const release = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  return existsSync(`/lib/modules/${release}/kernel/fs/${name === 'overlay' ? 'overlayfs' : name}`);
}
