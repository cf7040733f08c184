import { existsSync, readFileSync } from 'node:fs';
import { writeIfChanged } from './files.ts';
import { joinLink, overlaps, rangeAt, rangeCount } from './names.ts';
import type { LabNames, LabRange } from './names.ts';
import { attempt, LabError, run, waitFor } from './run.ts';

/** The interface inside a lab that leads to the host. */
export const nodeInterface = 'eth0';

/** The lab's addresses: the first block that nothing on this machine uses, searched from a place that its name gives; remembered once chosen. */
export async function chooseRange(file: string, names: LabNames): Promise<LabRange> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LabRange;
  } catch {
    // Not chosen yet.
  }
  const used = await usedRanges();
  for (let step = 0; step < rangeCount; step += 1) {
    const range = rangeAt(names.seed + step);
    if (used.some((one) => overlaps(one, range.block))) continue;
    writeIfChanged(file, JSON.stringify(range, null, 2));
    return range;
  }
  throw new LabError(
    'no free block of addresses between 10.64.0.0 and 10.95.255.255: this machine routes all of them elsewhere',
  );
}

/** Plugs a cable between host and machine: addresses on both ends, and a route to the pods. */
export async function connectMachine(initPid: number, names: LabNames, range: LabRange): Promise<void> {
  const outside = names.hostInterface;
  const inside = (argv: readonly string[]): Promise<string> =>
    run(['nsenter', `--target=${initPid}`, '--net', '--', 'ip', ...argv]);
  await run(['ip', 'link', 'add', outside, 'type', 'veth', 'peer', 'name', nodeInterface, 'netns', String(initPid)]);
  await run(['ip', 'address', 'add', `${range.hostAddress}/${range.linkPrefix}`, 'dev', outside]);
  await run(['ip', 'link', 'set', outside, 'up']);
  await inside(['address', 'add', `${range.nodeAddress}/${range.linkPrefix}`, 'dev', nodeInterface]);
  await inside(['link', 'set', nodeInterface, 'up']);
  await inside(['route', 'add', 'default', 'via', range.hostAddress]);
  await run(['ip', 'route', 'replace', range.podRange, 'via', range.nodeAddress, 'dev', outside]);
}

/** One end of a cable between two labs: the process whose network it leads into, and that network's addresses. */
export interface CableEnd {
  readonly pid: number;
  readonly range: LabRange;
}

/**
 * Plugs a cable between a joined lab and the one that it is joined to, with routes both ways, unless it is there. The host
 * forwards nothing between its labs, so they need one of their own; it goes when either lab ends.
 */
export async function connectLabs(name: string, home: CableEnd, guest: CableEnd): Promise<void> {
  const ip = ({ pid }: CableEnd, argv: readonly string[]): string[] => [
    ...['nsenter', `--target=${pid}`, '--net', '--', 'ip'],
    ...argv,
  ];
  const link = joinLink(guest.range);
  const isThere = (await attempt(ip(home, ['link', 'show', 'dev', name]))).code === 0;
  if (!isThere)
    await run(ip(home, ['link', 'add', name, 'type', 'veth', 'peer', 'name', name, 'netns', String(guest.pid)]));
  const plug = async (end: CableEnd, own: string, other: string, beyond: LabRange): Promise<void> => {
    await run(ip(end, ['address', 'replace', `${own}/${link.prefix}`, 'dev', name]));
    await run(ip(end, ['link', 'set', name, 'up']));
    await run(ip(end, ['route', 'replace', beyond.block, 'via', other, 'dev', name]));
  };
  await plug(home, link.home, link.guest, guest.range);
  await plug(guest, link.guest, link.home, home.range);
}

/** The kernel takes a cable away some time after the last process of the namespace at its other end is gone. */
export async function waitForInterfaceGone(name: string): Promise<void> {
  await waitFor(`interface ${name} is gone`, 30, () => (existsSync(`/sys/class/net/${name}`) ? undefined : true), 20);
}

async function usedRanges(): Promise<string[]> {
  const routes = JSON.parse(await run(['ip', '-4', '-json', 'route', 'show', 'table', 'all'])) as { dst?: string }[];
  return routes.flatMap((route) => (route.dst !== undefined && /^\d+\./.test(route.dst) ? [route.dst] : []));
}
