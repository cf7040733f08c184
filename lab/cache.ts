import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isAlive, markOf } from './processes.ts';
import type { ProcessMark } from './processes.ts';
import { pause } from './run.ts';

/** Where built tools, downloads and the labs' state are kept: `$XDG_CACHE_HOME/rekindle`, or `~/.cache/rekindle`. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_CACHE_HOME;
  // The XDG rule: a relative path there is to be ignored.
  return join(base?.startsWith('/') === true ? base : join(homedir(), '.cache'), 'rekindle');
}

/** The state of one lab, outside the checkout so that a deleted clone leaves a lab that can still be taken down. */
export function stateFolder(name: string): string {
  return join(cacheFolder(), 'labs', name);
}

/** Runs `work` while no other process holds the same lock file; a lock whose owner died is taken over. */
export async function withLock<T>(
  file: string,
  onWait: (ownerPid: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(join(file, '..'), { recursive: true });
  let told = 0;
  for (;;) {
    if (tryLock(file)) break;
    const owner = readOwner(file);
    if (!isAlive(owner)) {
      clearStale(file);
      continue;
    }
    if (owner.pid !== told) onWait(owner.pid);
    told = owner.pid;
    await pause(250);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

// Written aside and linked into place, so that nobody ever reads a lock that is half written.
function tryLock(file: string): boolean {
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, JSON.stringify(markOf(process.pid)));
  try {
    linkSync(aside, file);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(aside, { force: true });
  }
}

// Moved away before it is judged once more: between the look and the removal another process may have taken the lock.
function clearStale(file: string): void {
  const moved = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, moved);
    if (isAlive(readOwner(moved))) linkSync(moved, file);
  } catch {
    // Gone or taken in the meantime: the next round sees which.
  }
  rmSync(moved, { force: true });
}

function readOwner(file: string): ProcessMark | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessMark;
  } catch {
    return undefined;
  }
}
