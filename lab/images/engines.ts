/**
 * Images of engines that only some tests need: Kafka, and FerretDB, which speaks MongoDB's protocol, with MongoDB's own
 * shell beside it. They are built when they are asked for; no lab waits for them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readlink, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkout } from '../names.ts';
import { attempt, LabError, run } from '../run.ts';
import { unpackPackages } from './debian.ts';
import { archivePath, keyOf, type ImageArchive } from './images.ts';
import { digestOf, layerFrom, writeArchive, writeLayer, type ImageSettings, type LayerEntry } from './oci.ts';
import { reference } from './recipes.ts';
import { buildJavaRootfs, javaRootfsRecipe } from './rootfs.ts';

/** Engines whose images are made on demand. */
export const engineNames = ['kafka', 'ferretdb'] as const;
export type EngineName = (typeof engineNames)[number];

/** Where to build, who is told, and the one program that is built from source. */
export interface EngineContext {
  readonly cacheDir: string;
  readonly ferretdb: () => Promise<string>;
  readonly report: (message: string) => void;
}

/** An engine's image, built where it is missing. */
export function ensureEngineImage(context: EngineContext, engine: EngineName): Promise<ImageArchive> {
  return engine === 'kafka' ? ensureKafka(context) : ensureFerretdb(context);
}

const kafkaFolder = join(checkout, 'lab/tools/kafka');
const mongoshFolder = join(checkout, 'lab/tools/mongosh');
const nodeFolder = join(checkout, 'node_modules/node');

/** As Kafka's own images have it: the jars and the scripts, each of which runs one class (kafka 3.9, bin/*.sh). */
const kafkaHome = '/opt/kafka';
const kafkaScripts = {
  'kafka-broker-api-versions': 'kafka.admin.BrokerApiVersionsCommand',
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-console-producer': 'kafka.tools.ConsoleProducer',
  'kafka-storage': 'kafka.tools.StorageTool',
  'kafka-server-start': 'kafka.Kafka',
} as const;
// One compiler and one collector thread: the lab has two cores, and a tool lives for a second.
const javaOptions = '-XX:+UseSerialGC -XX:TieredStopAtLevel=1';

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const kafkaSettings: ImageSettings = { env: [path, 'LANG=C.UTF-8', 'KAFKA_HEAP_OPTS=-Xmx256m'], workingDir: kafkaHome };
// The shell keeps its settings and logs in its home.
const ferretSettings: ImageSettings = { env: [path, 'HOME=/tmp'], entrypoint: ['/usr/local/bin/ferretdb'] };

function kafkaArchive(cacheDir: string): ImageArchive {
  const inputs = ['pom.xml', 'jars.sha256'].map((file) => readFileSync(join(kafkaFolder, file), 'utf8'));
  const recipe = JSON.stringify([kafkaScripts, javaOptions, kafkaSettings]);
  return archiveOf(cacheDir, 'kafka:3.9.1', [javaRootfsRecipe(), ...inputs, recipe]);
}

async function ensureKafka(context: EngineContext): Promise<ImageArchive> {
  const archive = kafkaArchive(context.cacheDir);
  if (existsSync(archive.path)) return archive;
  context.report('Kafka 3.9.1: jars from Maven Central, and a Debian root file system with Java');
  const work = await workFolder(archive.path);
  try {
    const jars = await fetchJars(work);
    const root = join(work, 'root.tar');
    await buildJavaRootfs(context.cacheDir, root);
    const files = [...(await entriesOf(jars, `${kafkaHome}/libs`)), ...scriptEntries()];
    const layers = [await layerFrom(root), await writeLayer(join(work, 'kafka.tar'), files)];
    await writeArchive(archive.path, [{ reference: reference('kafka:3.9.1'), layers, settings: kafkaSettings }]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return archive;
}

function scriptEntries(): LayerEntry[] {
  return Object.entries(kafkaScripts).map(([name, className]) => ({
    path: `${kafkaHome}/bin/${name}.sh`,
    mode: 0o755,
    text: `#!/bin/sh\nexec java ${javaOptions} $KAFKA_HEAP_OPTS -cp '${kafkaHome}/libs/*' ${className} "$@"\n`,
  }));
}

/** One sentence that says why an engine's image cannot be made here; undefined where it can, or is there already. */
export async function engineUnavailableReason(engine: EngineName, cacheDir: string): Promise<string | undefined> {
  if (engine !== 'kafka' || existsSync(kafkaArchive(cacheDir).path)) return undefined;
  if ((await attempt(['mvn', '--version'])).code === 0) return undefined;
  return "the lab's Kafka is made of jars from Maven Central, and mvn is not on the PATH: install maven (Debian and Ubuntu: apt-get install maven), or leave out what needs Kafka";
}

/** Downloads the jars with Maven into a repository of its own and holds each against its recorded hash. */
async function fetchJars(work: string): Promise<string> {
  const sums = readFileSync(join(kafkaFolder, 'jars.sha256'), 'utf8');
  const jars = join(work, 'jars');
  await run([
    ...['mvn', '--quiet', '--batch-mode', '--file', join(kafkaFolder, 'pom.xml'), 'dependency:copy-dependencies'],
    ...['-DincludeScope=runtime', `-DoutputDirectory=${jars}`, `-Dmaven.repo.local=${join(work, 'repository')}`],
  ]);
  const wanted = new Map(
    sums
      .trim()
      .split('\n')
      .map((line) => [line.slice(66), line.slice(0, 64)] as const),
  );
  const found = await readdir(jars);
  for (const name of found) {
    if ((await digestOf(join(jars, name))) !== `sha256:${wanted.get(name) ?? ''}`)
      throw new LabError(`${name} is not the file that lab/tools/kafka/jars.sha256 names`);
  }
  if (found.length !== wanted.size) throw new LabError(`Maven brought ${found.length} of ${wanted.size} jars of Kafka`);
  return jars;
}

async function ensureFerretdb(context: EngineContext): Promise<ImageArchive> {
  const program = await context.ferretdb();
  const lock = readFileSync(join(mongoshFolder, 'package-lock.json'), 'utf8');
  const node = readFileSync(join(nodeFolder, 'package.json'), 'utf8');
  const recipe = JSON.stringify([program, libraries, ferretSettings]);
  const archive = archiveOf(context.cacheDir, 'ferretdb:1.24.0', [lock, node, recipe]);
  if (existsSync(archive.path)) return archive;
  context.report('FerretDB 1.24.0 with the MongoDB shell 2.12.0');
  const work = await workFolder(archive.path);
  try {
    const files = [...(await machineEntries(context.cacheDir)), ...(await shellEntries(work))];
    const own: LayerEntry = { path: '/usr/local/bin/ferretdb', mode: 0o755, source: program };
    const layers = [await writeLayer(join(work, 'ferretdb.tar'), [...files, own])];
    await writeArchive(archive.path, [{ reference: reference('ferretdb:1.24.0'), layers, settings: ferretSettings }]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return archive;
}

/** What Node is linked with. */
const libraries = ['libc6', 'libstdc++6', 'libgcc-s1'];

/** A shell, the usual small programs, and the libraries. */
async function machineEntries(cacheDir: string): Promise<LayerEntry[]> {
  const root = await unpackPackages(cacheDir, libraries);
  const busybox = join(await unpackPackages(cacheDir, ['busybox-static']), 'bin/busybox');
  return [
    ...['/tmp', '/data'].map((folder) => ({ path: folder, mode: 0o1777 })),
    {
      path: '/etc/passwd',
      mode: 0o644,
      text: 'root:x:0:0:root:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n',
    },
    { path: '/bin/busybox', mode: 0o755, source: busybox },
    ...['/bin/sh', '/usr/bin/env'].map((link) => ({ path: link, mode: 0o777, link: '/bin/busybox' })),
    ...(await entriesOf(join(root, 'lib'), '/lib')),
    ...(await entriesOf(join(root, 'lib64'), '/lib64')),
    ...(await entriesOf(join(root, 'usr/lib'), '/usr/lib')),
  ];
}

/** The MongoDB shell as its lock file names it, and this checkout's own Node to run it. */
async function shellEntries(work: string): Promise<LayerEntry[]> {
  const cwd = join(work, 'mongosh');
  await mkdir(cwd);
  for (const file of ['package.json', 'package-lock.json']) await copyFile(join(mongoshFolder, file), join(cwd, file));
  await run(['npm', 'ci', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund'], { cwd });
  return [
    { path: '/usr/local/bin/node', mode: 0o755, source: join(nodeFolder, 'bin/node') },
    { path: '/usr/local/bin/mongosh', mode: 0o777, link: '/opt/mongosh/node_modules/mongosh/bin/mongosh.js' },
    ...(await entriesOf(cwd, '/opt/mongosh')),
  ];
}

function archiveOf(cacheDir: string, name: string, inputs: readonly string[]): ImageArchive {
  return { path: archivePath(cacheDir, name.replace(':', '-'), keyOf(...inputs)), images: [reference(name)] };
}

async function workFolder(archive: string): Promise<string> {
  await mkdir(dirname(archive), { recursive: true });
  return mkdtemp(`${archive}.building-`);
}

/** All that is in a folder, as it is to be in a layer below `to`; in one order, whatever the disk's. */
async function entriesOf(folder: string, to: string): Promise<LayerEntry[]> {
  const entries: LayerEntry[] = [{ path: to, mode: 0o755 }];
  const found = await readdir(folder, { withFileTypes: true });
  for (const each of found.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const source = join(folder, each.name);
    const target = `${to}/${each.name}`;
    if (each.isDirectory()) entries.push(...(await entriesOf(source, target)));
    else if (each.isSymbolicLink()) entries.push({ path: target, mode: 0o777, link: await readlink(source) });
    else entries.push({ path: target, mode: (await stat(source)).mode & 0o755, source });
  }
  return entries;
}
