/** Labs for tests: named after this process, so that neither a second run nor a person's own lab is met. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { stateFolder } from '../../lab/cache.ts';
import { down, up, type LabInfo, type LabLevel } from '../../lab/lab.ts';
import { checkout } from '../../lab/names.ts';
import { showEvents } from '../../lab/report.ts';

const prefix = `test-${createHash('sha256').update(checkout).digest('hex').slice(0, 6)}-`;

/** A lab that is up, and how to take it down. */
export interface TestLab {
  readonly lab: LabInfo;
  end(): Promise<void>;
}

/** Brings this process's lab up, after taking down what killed test runs of this checkout have left. */
export async function bringLab(level: LabLevel): Promise<TestLab> {
  const name = `${prefix}${process.pid}`;
  const report = showEvents(process.stderr);
  for (const stale of staleLabs()) await down({ name: stale, report });
  const end = (): Promise<void> => down({ name, report });
  try {
    return { lab: await up({ name, level, report }), end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Labs of test runs of this checkout that were killed before they could clean up. */
function staleLabs(): readonly string[] {
  const folder = dirname(stateFolder(prefix));
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return []; // no lab was ever up here
  }
  return names.filter(
    (name) => name.startsWith(prefix) && !name.includes('.') && !isAlive(Number(name.slice(prefix.length))),
  );
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
