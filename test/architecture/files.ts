import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root folder of the project. */
export const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Paths of all files that git holds, from the root. */
export function filesInGit(): readonly string[] {
  const names = execFileSync('git', ['ls-files', '-z'], { cwd: checkout, encoding: 'utf8', maxBuffer: 1 << 26 });
  return names.split('\0').filter((name) => name !== '');
}

/** Text of a file, by its path from the root. */
export function textOf(file: string): string {
  return readFileSync(join(checkout, file), 'utf8');
}
