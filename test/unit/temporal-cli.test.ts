import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, type Environment } from '../../src/config.ts';
import { ensureTemporalCli, temporalCliVersion } from '../../src/temporal-cli.ts';

describe('where the Temporal command line comes from', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rekindle-temporal-cli-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const find = (environment: Environment): Promise<string> =>
    ensureTemporalCli(undefined, loadConfig({ HOME: folder, ...environment }, folder));
  /** A program that answers as it is told. */
  const program = async (path: string, answer: string): Promise<string> => {
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, `#!/bin/sh\necho ${answer}\n`);
    await chmod(path, 0o755);
    return path;
  };

  it('is TEMPORAL_CLI before anything else', async () => {
    const named = await program(join(folder, 'mine'), 'temporal version 9.9.9');
    await program(join(folder, 'bin', 'temporal'), 'temporal version 1.0.0');

    expect(await find({ TEMPORAL_CLI: named, PATH: join(folder, 'bin') })).toBe(named);
  });

  it('is what PATH has, passing over a program of that name that is another one', async () => {
    await program(join(folder, 'first', 'temporal'), 'a calendar');
    const right = await program(join(folder, 'second', 'temporal'), 'temporal version 1.0.0');

    expect(await find({ PATH: `${join(folder, 'first')}:${join(folder, 'second')}` })).toBe(right);
  });

  it('is the cache’s, at this project’s version', async () => {
    const cached = await program(
      join(folder, 'cache', 'rekindle', 'temporal', `temporal-${temporalCliVersion}`),
      'temporal version 1',
    );

    expect(await find({ XDG_CACHE_HOME: join(folder, 'cache'), PATH: '' })).toBe(cached);
  });

  it.each([
    ['is not there', '/nowhere/temporal', /^TEMPORAL_CLI names \/nowhere\/temporal, which does not run \(.*ENOENT/],
    [
      'is something else',
      '/bin/true',
      /^TEMPORAL_CLI names \/bin\/true, which does not run \(it does not answer as Temporal does\)/,
    ],
  ])('is never guessed when TEMPORAL_CLI %s', async (_, path, sentence) => {
    await program(join(folder, 'bin', 'temporal'), 'temporal version 1.0.0');

    const finding = find({ TEMPORAL_CLI: path, PATH: join(folder, 'bin') });

    await expect(finding).rejects.toThrow(ConfigError);
    await expect(finding).rejects.toThrow(sentence);
  });
});
