/** Labs for tests: named after this process, so that neither a second run nor a person's own lab is met. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TestProject } from 'vitest/node';
import { stateFolder } from '../../lab/cache.ts';
import { down, up, type LabLevel } from '../../lab/lab.ts';
import { checkout } from '../../lab/names.ts';
import { showEvents } from '../../lab/report.ts';
import './provided.ts';

const prefix = `test-${createHash('sha256').update(checkout).digest('hex').slice(0, 6)}-`;

/** Brings a lab up for one project and hands it to the tests; what it returns takes the lab down. */
export async function provideLab(project: TestProject, level: LabLevel): Promise<() => Promise<void>> {
  const name = `${prefix}${process.pid}`;
  const report = showEvents(process.stderr);
  for (const stale of staleLabs()) await down({ name: stale, report });
  try {
    project.provide('lab', await up({ name, level, report }));
  } catch (error) {
    await down({ name, report });
    throw error;
  }
  return () => down({ name, report });
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
