/** Debian root file systems: the one that all database images share (PostgreSQL, MariaDB, Redis, RabbitMQ), and Java's. */
import { spawn } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unpackPackages } from './debian.ts';

const packages = [
  'postgresql-15',
  'mariadb-server-core',
  'mariadb-client',
  'redis-server',
  'rabbitmq-server',
  'procps',
  'ca-certificates',
];

/**
 * User and group ids, the same in every build: a restored volume carries numbers, and manifests name them.
 * Taken from the upper part of Debian's range for system users, so that the packages' own scripts accept them.
 */
export const dataUsers = { postgres: 826, mysql: 827, redis: 828, rabbitmq: 829 } as const;

const userNames = ['postgres', 'mysql', 'redis', 'rabbitmq'] as const;

const homes = {
  postgres: '/var/lib/postgresql',
  mysql: '/nonexistent',
  redis: '/var/lib/redis',
  rabbitmq: '/var/lib/rabbitmq',
};

// What no container of the lab reads: documents, languages, the databases that the packages made at installation, and the
// just-in-time compiler of PostgreSQL, which it does without when the library is absent.
const unneeded = [
  'usr/share/doc/*',
  'usr/share/man/*',
  'usr/share/locale/*',
  'usr/share/i18n',
  'usr/share/info/*',
  'usr/lib/x86_64-linux-gnu/libLLVM-*',
  'usr/lib/x86_64-linux-gnu/libz3.so*',
  'usr/lib/postgresql/15/lib/bitcode',
  'usr/lib/postgresql/15/lib/llvmjit*',
  'var/lib/postgresql/15',
  'var/lib/mysql/*',
  'var/lib/redis/*',
  'var/lib/rabbitmq/.erlang.cookie',
  'var/log/*',
  'var/cache/*',
  'etc/postgresql/15',
  'etc/ssl/private/*',
];

const javaPackages = ['openjdk-17-jre-headless'];
const javaUnneeded = unneeded.filter((path) => path.startsWith('usr/share/')).concat('var/log/*', 'var/cache/*');

/** The text that the cache's key is made of: another recipe is another image. */
export function rootfsRecipe(): string {
  return JSON.stringify({ packages, dataUsers, homes, unneeded, args: dataArgs('') });
}

/** The same for the root file system with a Java runtime. */
export function javaRootfsRecipe(): string {
  return JSON.stringify(javaArgs(''));
}

/** Builds the root file system as a tar file at `target`, with mmdebstrap unpacked into the cache. Takes one to two minutes. */
export function buildRootfs(cacheDir: string, target: string): Promise<void> {
  return bootstrap(cacheDir, target, dataArgs);
}

/** The same with a Java runtime and nothing else. Takes about as long. */
export function buildJavaRootfs(cacheDir: string, target: string): Promise<void> {
  return bootstrap(cacheDir, target, javaArgs);
}

async function bootstrap(cacheDir: string, target: string, args: (target: string) => string[]): Promise<void> {
  const tool = join(await unpackPackages(cacheDir, ['mmdebstrap']), 'usr/bin/mmdebstrap');
  await mkdir(dirname(target), { recursive: true });
  const partial = `${target}.${process.pid}.partial.tar`;
  try {
    await runQuietly('perl', [tool, ...args(partial)]);
    await rename(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
}

function javaArgs(target: string): string[] {
  return [
    '--mode=root',
    '--variant=minbase',
    `--include=${javaPackages.join(',')}`,
    `--customize-hook=cd "$1" && rm -rf ${javaUnneeded.join(' ')}`,
    'bookworm',
    target,
  ];
}

function dataArgs(target: string): string[] {
  const users = userNames.map((name) => `${name}:x:${dataUsers[name]}:${dataUsers[name]}::${homes[name]}:/bin/sh`);
  const groups = userNames.map((name) => `${name}:x:${dataUsers[name]}:`);
  return [
    '--mode=root',
    '--variant=minbase',
    `--include=${packages.join(',')}`,
    `--essential-hook=printf '%s\\n' ${users.map((line) => `'${line}'`).join(' ')} >> "$1/etc/passwd"`,
    `--essential-hook=printf '%s\\n' ${groups.map((line) => `'${line}'`).join(' ')} >> "$1/etc/group"`,
    `--customize-hook=cd "$1" && rm -rf ${unneeded.join(' ')}`,
    'bookworm',
    target,
  ];
}

/** Runs a program and keeps what it says for the error alone. */
async function runQuietly(program: string, args: readonly string[]): Promise<void> {
  // A fixed date instead of the build's: the same packages then give the same bytes.
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, SOURCE_DATE_EPOCH: '0', LC_ALL: 'C' },
  });
  let said = '';
  const keep = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-4000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} ended with ${code ?? 'a signal'}: ${said.trim()}`);
}
