import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, stateFolder, withLock } from './cache.ts';
import { note, part } from './events.ts';
import type { LabEvent, LabLevel, Report } from './events.ts';
import { controlPlaneDown, controlPlaneUp, controlPlaneWipe } from './level-control-plane.ts';
import { engineUnavailableReason, type EngineName } from './images/engines.ts';
import { insistJoinable, joinedTo, joinOf } from './joins.ts';
import { siteAddEngines, siteDown, siteUp, siteWipe } from './level-site.ts';
import { namesOf } from './names.ts';
import type { LabNames } from './names.ts';
import { Daemons } from './processes.ts';
import { LabError } from './run.ts';
import { labUnavailableReason } from './unavailable.ts';

export type { LabEvent, LabLevel } from './events.ts';
export { LabError } from './run.ts';
export { labUnavailableReason } from './unavailable.ts';

/** Which lab, and who is told what happens to it. */
export interface LabOptions {
  /** Default: follows from the checkout's path. */
  readonly name?: string;
  /** Default: `site`. */
  readonly level?: LabLevel;
  /** Name of a lab that runs: this one works with its bucket, read-only, and its storage pool. Remembered once up. */
  readonly joins?: string;
  readonly report?: (event: LabEvent) => void;
}

/** A running lab, as its users need to know it. */
export interface LabInfo {
  readonly name: string;
  readonly level: LabLevel;
  readonly stateDir: string;
  /** Path of the administrator's kubeconfig, mode 0600. */
  readonly kubeconfig: string;
  readonly context: string;
  /** Where the ingress controller takes HTTP. */
  readonly ingress?: { readonly address: string; readonly port: number };
  readonly s3?: { readonly endpoint: string; readonly bucket: string };
  readonly nodeAddress?: string;
  /** The lab whose bucket and storage pool it works with, where it has none of its own. */
  readonly joins?: string;
}

/** What is there of a lab. */
export interface LabStatus {
  readonly name: string;
  readonly level?: LabLevel;
  /** `absent`: nothing at all; `stopped`: data, but no process; `partial`: some of its processes are gone. */
  readonly state: 'absent' | 'stopped' | 'partial' | 'running';
  readonly stateDir: string;
  readonly info?: LabInfo;
  /** Names of the labs that are joined to it. */
  readonly joined: readonly string[];
  readonly processes: readonly { readonly name: string; readonly pid: number; readonly running: boolean }[];
}

/** Brings a lab up. One that is up stays as it is; of one that is up in part, the missing parts are started. */
export async function up(options: LabOptions = {}): Promise<LabInfo> {
  const level = options.level ?? 'site';
  if (options.joins !== undefined) {
    const { name } = namesOf(options.name);
    insistJoinable(name, options.joins, level, existsSync(stateFolder(name)));
  }
  return exclusively(options, async (names, report, joins) => {
    insistAvailable(level);
    const known = readInfo(names.name);
    if (known !== undefined && known.level !== level) {
      throw new LabError(
        `lab ${names.name} is there at level ${known.level}: take it down first (lab down --name ${names.name}), or give another --name`,
      );
    }
    return part(report, `lab ${names.name}`, () =>
      level === 'site' ? siteUp(names, joins, report) : controlPlaneUp(names, report),
    );
  });
}

/**
 * The disaster: etcd's data, the node's state and everything that ran are gone, and an empty cluster with a new
 * kube-system, Velero, the CSI stack and the ingress controller stands there. The bucket and the storage pool survive.
 */
export function wipe(options: LabOptions = {}): Promise<LabInfo> {
  return exclusively(options, async (names, report, joins) => {
    const known = readInfo(names.name);
    if (known === undefined)
      throw new LabError(`lab ${names.name} is not there: bring it up first (lab up --name ${names.name})`);
    insistAvailable(known.level);
    return part(report, `wipe lab ${names.name}`, async () => {
      return known.level === 'site' ? siteWipe(names, joins, report) : controlPlaneWipe(names, report);
    });
  });
}

/** Brings the images of engines that no lab needs by itself to a site that is up; builds them where they are missing. */
export function addEngines(engines: readonly EngineName[], options: LabOptions = {}): Promise<void> {
  return exclusively(options, async (names, report) => {
    const known = readInfo(names.name);
    if (known?.level !== 'site')
      throw new LabError(`lab ${names.name} is no site that is up: bring it up first (lab up --name ${names.name})`);
    for (const engine of engines) {
      const reason = await engineUnavailableReason(engine, cacheFolder());
      if (reason !== undefined) throw new LabError(reason);
    }
    await siteAddEngines(names, engines, report);
  });
}

/**
 * Takes a lab down and deletes all its data. Nothing of it stays; one that is not there is no error. A lab that others are
 * joined to is not taken down before them: they work on its pool.
 */
export function down(options: LabOptions = {}): Promise<void> {
  return exclusively(options, (names, report, joins) => {
    const [guest] = joinedTo(names.name);
    if (guest !== undefined)
      throw new LabError(
        `lab ${names.name} stays up while lab ${guest} is joined to it: take that one down first (lab down --name ${guest})`,
      );
    return part(report, `take down lab ${names.name}`, async () => {
      await siteDown(names, joins, report);
      await controlPlaneDown(names, report);
      rmSync(stateFolder(names.name), { recursive: true, force: true });
    });
  });
}

/** What is there of a lab; changes nothing. */
export async function status(options: LabOptions = {}): Promise<LabStatus> {
  const names = namesOf(options.name);
  const stateDir = stateFolder(names.name);
  const processes = new Daemons(join(stateDir, 'run')).list();
  const info = readInfo(names.name);
  const running = processes.filter((one) => one.running).length;
  return {
    name: names.name,
    ...(info === undefined ? {} : { level: info.level, info }),
    state: existsSync(stateDir) ? stateOf(running, processes.length) : 'absent',
    stateDir,
    joined: joinedTo(names.name),
    processes,
  };
}

function stateOf(running: number, known: number): LabStatus['state'] {
  if (running === 0) return 'stopped';
  return running === known ? 'running' : 'partial';
}

function insistAvailable(level: LabLevel): void {
  const reason = labUnavailableReason(level);
  if (reason !== undefined) throw new LabError(reason);
}

// Two commands for one lab at a time would start its parts twice. Those for a joined lab touch the one that it is joined
// to as well, and hold that one's lock first; the other way round two commands could wait for each other.
function exclusively<T>(
  options: LabOptions,
  work: (names: LabNames, report: Report, joins: string | undefined) => Promise<T>,
): Promise<T> {
  const names = namesOf(options.name);
  const joins = options.joins ?? joinOf(names.name);
  const report: Report = options.report ?? (() => undefined);
  const folder = join(cacheFolder(), 'labs');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const locked = <R>(name: string, inside: () => Promise<R>): Promise<R> => {
    const waiting = (pid: number): void =>
      note(report, `lab ${name}`, `process ${pid} is at work on this lab; waiting for it`);
    return withLock(join(folder, `${name}.lock`), waiting, inside);
  };
  const own = (): Promise<T> => locked(names.name, () => work(names, report, joins));
  return joins === undefined ? own() : locked(joins, own);
}

function readInfo(name: string): LabInfo | undefined {
  try {
    return JSON.parse(readFileSync(join(stateFolder(name), 'lab.json'), 'utf8')) as LabInfo;
  } catch {
    return undefined;
  }
}
