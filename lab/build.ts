import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { cacheFolder, withLock } from './cache.ts';
import { note, part } from './events.ts';
import type { Report } from './events.ts';
import { goEnvironment } from './go-toolchain.ts';
import { LabError, run } from './run.ts';
import { goTools, moduleFolder } from './tools.ts';
import type { GoTool, ToolName } from './tools.ts';

// Part of every key: changing how tools are built builds them anew.
const linkerFlags = '-s -w';

/**
 * Brings the named tools: those in the cache are taken from there, the others are built one after another, so that an
 * interrupted build goes on with what is missing. One process builds at a time; the others wait and then find it done.
 */
export async function ensureTools<Name extends ToolName>(
  names: readonly Name[],
  report: Report,
): Promise<Readonly<Record<Name, string>>> {
  const wanted = goTools.filter((tool) => names.some((name) => name === tool.name));
  if (wanted.some((tool) => !existsSync(toolPath(tool)))) {
    const lock = join(cacheFolder(), 'tools', '.lock');
    const waiting = (pid: number): void =>
      note(report, 'build', `another process (${pid}) is building the lab's tools; waiting for it`);
    await withLock(lock, waiting, () => buildMissing(wanted, report));
  }
  return Object.fromEntries(wanted.map((tool) => [tool.name, toolPath(tool)])) as Record<Name, string>;
}

/** Where a tool is, or will be once built: the folder's name changes with anything that goes into the program. */
export function toolPath(tool: GoTool): string {
  const key = createHash('sha256');
  key.update(JSON.stringify([tool.package, tool.variables ?? {}, linkerFlags, process.platform, process.arch]));
  const folder = moduleFolder(tool);
  for (const file of sourceFiles(folder)) {
    key.update(`\0${relative(folder, file)}\0`);
    key.update(readFileSync(file));
  }
  return join(cacheFolder(), 'tools', `${tool.name}-${key.digest('hex').slice(0, 12)}`, tool.name);
}

function sourceFiles(folder: string): string[] {
  if (!existsSync(join(folder, 'go.mod'))) {
    throw new LabError(`no Go module in ${folder}: the checkout is not complete`);
  }
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.filter((file) => !file.endsWith('_test.go') && !file.endsWith('.md')).sort();
}

async function buildMissing(wanted: readonly GoTool[], report: Report): Promise<void> {
  const missing = wanted.filter((tool) => !existsSync(toolPath(tool)));
  if (missing.length === 0) return;
  removeLeftovers();
  const env = await goEnvironment(report);
  for (const [index, tool] of missing.entries()) {
    await part(report, `build ${tool.name} (${index + 1} of ${missing.length})`, () => buildTool(tool, env, report));
  }
}

// Of builds that were killed. Only the holder of the lock is here, so none of them is at work.
function removeLeftovers(): void {
  const folder = join(cacheFolder(), 'tools');
  for (const entry of readdirSync(folder).filter((name) => name.endsWith('.part'))) {
    rmSync(join(folder, entry), { recursive: true, force: true });
  }
}

async function buildTool(tool: GoTool, env: NodeJS.ProcessEnv, report: Report): Promise<void> {
  const target = toolPath(tool);
  const folder = join(target, '..');
  const aside = `${folder}.${process.pid}.part`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  const cwd = moduleFolder(tool);
  const total = await countPackages(tool, cwd, env);
  const variables = Object.entries(tool.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const flags = [linkerFlags, ...variables].join(' ');
  let done = 0;
  let toldAt = 0;
  try {
    await run(['go', 'build', '-v', '-trimpath', `-ldflags=${flags}`, '-o', join(aside, tool.name), tool.package], {
      cwd,
      env,
      // With -v Go names each package when it begins to compile it; those it has kept from before are not named.
      onErrorLine: (line) => {
        if (line.startsWith('go: ')) return;
        done += 1;
        if (Date.now() - toldAt < 1000) return;
        toldAt = Date.now();
        note(report, `build ${tool.name}`, 'compiling packages', { done, total });
      },
    });
    rmSync(folder, { recursive: true, force: true });
    renameSync(aside, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

// This also fetches what the tool needs, checked against go.sum and the checksum database.
async function countPackages(tool: GoTool, cwd: string, env: NodeJS.ProcessEnv): Promise<number> {
  const listed = await run(['go', 'list', '-deps', '-f', '{{.ImportPath}}', tool.package], { cwd, env });
  return listed.trim().split('\n').length;
}
