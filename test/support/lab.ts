/** Labs for tests: named after this process, so that neither a second run nor a person's own lab is met. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { stateFolder } from '../../lab/cache.ts';
import { down, up, type LabInfo, type LabLevel, type LabOptions } from '../../lab/lab.ts';
import { checkout } from '../../lab/names.ts';
import { showEvents } from '../../lab/report.ts';

const joinedSuffix = '-dr';
const prefix = `test-${createHash('sha256').update(checkout).digest('hex').slice(0, 6)}-`;

/** A lab that is up, and how to take it down. */
export interface TestLab {
  readonly lab: LabInfo;
  end(): Promise<void>;
}

/** Brings this process's lab up, after taking down what killed test runs of this checkout have left. */
export async function bringLab(level: LabLevel): Promise<TestLab> {
  for (const stale of staleLabs()) await down({ name: stale, report: showEvents(process.stderr) });
  return bring({ name: `${prefix}${process.pid}`, level });
}

/** Brings up a second site that is joined to this process's lab; it has to end before that one. */
export function bringJoinedLab(first: LabInfo): Promise<TestLab> {
  return bring({ name: `${first.name}${joinedSuffix}`, joins: first.name });
}

async function bring(options: LabOptions & { readonly name: string }): Promise<TestLab> {
  const report = showEvents(process.stderr);
  const end = (): Promise<void> => down({ name: options.name, report });
  try {
    return { lab: await up({ ...options, report }), end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Labs of test runs of this checkout that were killed before they could clean up; joined ones first, as they have to end. */
function staleLabs(): readonly string[] {
  const folder = dirname(stateFolder(prefix));
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return []; // no lab was ever up here
  }
  const pid = new RegExp(`^${prefix}(\\d+)(?:${joinedSuffix})?$`);
  const stale = names.filter((name) => {
    const owner = pid.exec(name)?.[1];
    return owner !== undefined && !isAlive(Number(owner));
  });
  return stale.toSorted((a, b) => b.length - a.length);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
