import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, stateFolder } from './cache.ts';
import type { LabLevel } from './events.ts';
import { writeIfChanged } from './files.ts';
import { Machine } from './machine.ts';
import { namesOf } from './names.ts';
import type { LabRange } from './names.ts';
import { placesOf } from './places.ts';
import type { SitePlaces } from './places.ts';
import { LabError } from './run.ts';
import { s3Endpoint } from './storage.ts';

/** The lab that another one is joined to: its bucket and its storage pool are the other one's, too. */
export interface Home {
  readonly machine: Machine;
  readonly places: SitePlaces;
  readonly endpoint: string;
}

/** The name of the lab that this one is joined to. */
export function joinOf(name: string): string | undefined {
  try {
    const { lab } = JSON.parse(readFileSync(joinFile(name), 'utf8')) as { lab: string };
    return lab;
  } catch {
    return undefined;
  }
}

/** Names of the labs that are joined to this one, running or not. */
export function joinedTo(name: string): string[] {
  const folder = join(cacheFolder(), 'labs');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((other) => joinOf(other) === name)
    .sort();
}

/** Notes that a lab is joined to another; from here on that one cannot be taken down first. */
export function rememberJoin(name: string, home: string): void {
  writeIfChanged(joinFile(name), JSON.stringify({ lab: home }));
}

/** Fails unless the lab can be joined to `home`, as far as that can be told without asking either of them. */
export function insistJoinable(name: string, home: string, level: LabLevel, isThere: boolean): void {
  if (home === name)
    throw new LabError(`lab ${name} cannot be joined to itself: name the first lab, for example "blue"`);
  namesOf(home);
  if (level !== 'site')
    throw new LabError(`only a whole lab can be joined to another: leave out --level ${level}, or --join ${home}`);
  const known = joinOf(name);
  if (isThere && known !== home) {
    const is = known === undefined ? 'is joined to none' : `is joined to lab ${known}`;
    throw new LabError(`lab ${name} is there and ${is}: take it down first (lab down --name ${name})`);
  }
  const further = joinOf(home);
  if (further !== undefined)
    throw new LabError(`lab ${home} has no storage of its own, it is joined to lab ${further}: join that one`);
}

/** The lab that others join; it has to run. */
export function homeOf(name: string): Home {
  const machine = machineOf(name);
  const stateDir = stateFolder(name);
  if (machine === undefined || !machine.isUp() || !existsSync(join(stateDir, 'lab.json')))
    throw new LabError(`lab ${name} is no site that is up: bring it up first (lab up --name ${name})`);
  return { machine, places: placesOf(stateDir, cacheFolder()), endpoint: s3Endpoint(machine.range) };
}

/** The machines of those labs that are joined to this one and run. */
export function guestsOf(name: string): Machine[] {
  return joinedTo(name)
    .flatMap((guest) => machineOf(guest) ?? [])
    .filter((machine) => machine.isUp());
}

function machineOf(name: string): Machine | undefined {
  const stateDir = stateFolder(name);
  const file = join(stateDir, 'range.json');
  if (!existsSync(file)) return undefined;
  const range = JSON.parse(readFileSync(file, 'utf8')) as LabRange;
  return new Machine(namesOf(name), range, stateDir, { PATH: process.env.PATH });
}

function joinFile(name: string): string {
  return join(stateFolder(name), 'join.json');
}
