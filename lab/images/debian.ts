/** Debian packages unpacked into the cache: programs and files are used from there, nothing is installed on the machine. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Downloads the packages (no dependencies) with the machine's own apt and unpacks them into one folder, once.
 * Answers that folder. Fails with apt's own words where a package cannot be had.
 */
export async function unpackPackages(cacheDir: string, packages: readonly string[]): Promise<string> {
  const key = createHash('sha256').update(packages.join('\n')).digest('hex').slice(0, 16);
  const target = join(cacheDir, 'debian', `${packages[0] ?? 'none'}-${key}`);
  if (existsSync(target)) return target;
  await mkdir(join(cacheDir, 'debian'), { recursive: true });
  const work = await mkdtemp(join(cacheDir, 'debian', 'unpacking-'));
  try {
    // The sandbox user of apt could not write here; without the option apt says so on every call.
    await run('apt-get', ['-o', 'APT::Sandbox::User=root', 'download', ...packages], { cwd: work });
    const root = join(work, 'root');
    for (const file of await readdir(work)) await run('dpkg-deb', ['--extract', join(work, file), root]);
    await rename(root, target);
  } catch (error) {
    if (!existsSync(target)) throw withHint(error, packages);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}

function withHint(error: unknown, packages: readonly string[]): Error {
  const said = error instanceof Error ? error.message.trim() : String(error);
  return new Error(`Debian packages ${packages.join(', ')} could not be had (run "apt-get update" once?): ${said}`);
}
