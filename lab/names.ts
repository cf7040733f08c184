import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LabError } from './run.ts';

/** What a lab is called, and everything on the machine that could meet another lab's and therefore follows from it. */
export interface LabNames {
  readonly name: string;
  /** Context in the kubeconfig. */
  readonly context: string;
  /** Host name inside the lab's own namespaces. */
  readonly hostName: string;
  /** Host side of the link to a site-level lab; Linux allows 15 characters. */
  readonly hostInterface: string;
  /** Both ends of the link from a joined lab to the one that it is joined to. */
  readonly joinInterface: string;
  /** Parent of all pods' cgroups, without a leading slash. */
  readonly cgroup: string;
  /** Where the search for a free block of addresses or ports begins; spread evenly over 32 bits. */
  readonly seed: number;
}

/** A site-level lab's addresses: one block of 1,024, unlike that of any other lab on this machine. */
export interface LabRange {
  readonly block: string;
  readonly nodeAddress: string;
  readonly hostAddress: string;
  /** Prefix length of the link between host and node. */
  readonly linkPrefix: number;
  readonly podRange: string;
}

// 10.64 to 10.95: clear of the service range 10.96 of every cluster, and of the 10.0 and 10.128 that clouds hand out first.
const firstOctet = 64;
const octets = 32;
const blocksPerOctet = 64;

/** How many different blocks there are to choose from. */
export const rangeCount = octets * blocksPerOctet;

/** The checkout that this file belongs to. */
export const checkout = dirname(dirname(fileURLToPath(import.meta.url)));

/** All names of a lab; without a name it is that of the checkout, so that two clones on one machine have two labs. */
export function namesOf(name: string | undefined, folder: string = checkout): LabNames {
  const chosen = name ?? defaultName(folder);
  if (!/^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/.test(chosen)) {
    throw new LabError(
      `lab name "${chosen}" cannot be used: write 1 to 30 lower-case letters, digits and dashes, for example "blue"`,
    );
  }
  const digest = createHash('sha256').update(chosen).digest();
  const short = digest.toString('hex').slice(0, 8);
  return {
    name: chosen,
    context: `rekindle-lab-${chosen}`,
    hostName: `lab-${chosen}`,
    hostInterface: `rkl-${short}`,
    joinInterface: `rkj-${short}`,
    cgroup: `rekindle-lab-${short}`,
    seed: digest.readUInt32BE(8),
  };
}

/** The block of addresses number `index`, counted round. */
export function rangeAt(index: number): LabRange {
  const wrapped = ((index % rangeCount) + rangeCount) % rangeCount;
  const second = firstOctet + Math.floor(wrapped / blocksPerOctet);
  const third = (wrapped % blocksPerOctet) * 4;
  return {
    block: `10.${second}.${third}.0/22`,
    nodeAddress: `10.${second}.${third}.1`,
    hostAddress: `10.${second}.${third}.2`,
    linkPrefix: 30,
    podRange: `10.${second}.${third + 1}.0/24`,
  };
}

/** The link from a joined lab to the one that it is joined to; its addresses are out of the joined one's block. */
export function joinLink(range: LabRange): { readonly home: string; readonly guest: string; readonly prefix: number } {
  const [network = ''] = range.block.split('/');
  const beginning = network.split('.').slice(0, 3).join('.');
  // The block's first four addresses are those of the link to the host.
  return { guest: `${beginning}.5`, home: `${beginning}.6`, prefix: 30 };
}

/** Whether two IPv4 ranges in CIDR notation share an address; a bare address counts as one. */
export function overlaps(left: string, right: string): boolean {
  const [a, b] = [parseRange(left), parseRange(right)];
  const prefix = Math.min(a.prefix, b.prefix);
  const mask = prefix === 0 ? 0 : (-1 << (32 - prefix)) >>> 0;
  return (a.address & mask) >>> 0 === (b.address & mask) >>> 0;
}

function parseRange(range: string): { address: number; prefix: number } {
  const [address = '', prefix = '32'] = range.split('/');
  const parts = address.split('.').map(Number);
  return { address: parts.reduce((sum, part) => ((sum << 8) | part) >>> 0, 0), prefix: Number(prefix) };
}

function defaultName(folder: string): string {
  const path = realpathSync(folder);
  const word = basename(path)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 16)
    .replace(/-+$/, '');
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 6);
  return word === '' ? `lab-${hash}` : `${word}-${hash}`;
}
