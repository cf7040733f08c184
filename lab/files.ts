import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file in one step, and only if it would change: others watch these files, or read them at any moment. Mode
 * 0600 unless told otherwise.
 */
export function writeIfChanged(file: string, text: string, mode = 0o600): void {
  if (readOrUndefined(file) === text) return;
  mkdirSync(dirname(file), { recursive: true });
  const aside = `${file}.${process.pid}.part`;
  writeFileSync(aside, text, { mode });
  renameSync(aside, file);
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
