import { join } from 'node:path';
import type { LabInfo } from '../../lab/lab.ts';
import { Machine } from '../../lab/machine.ts';
import { namesOf } from '../../lab/names.ts';
import { chooseRange } from '../../lab/network.ts';

/** The machine that a site-level lab runs in, for tests that break a part of it. `up` brings killed parts back. */
export async function machineOf(lab: LabInfo): Promise<Machine> {
  const names = namesOf(lab.name);
  return new Machine(names, await chooseRange(join(lab.stateDir, 'range.json'), names), lab.stateDir, process.env);
}
