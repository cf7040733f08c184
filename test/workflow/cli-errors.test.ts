import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, type Ran } from '../support/cli.ts';

describe('the command line, when something is wrong', { timeout: 60_000 }, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rekindle-cli-errors-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const cli = (...args: string[]): Promise<Ran> => runCli(args, { TEMPORAL_ADDRESS: '127.0.0.1:9' }, folder);

  it.each([
    [['recvoer'], 2, "unknown command 'recvoer' (Did you mean recover?)"],
    [['recover'], 2, 'say which plan to recover by, for example `rekindle recover bookstore`, or --resume RECOVERY'],
    [
      ['recover', 'bookstore', '--on-failure', 'cry'],
      2,
      "option '--on-failure <what>' argument 'cry' is invalid. Allowed choices are hold, abort.",
    ],
    [
      ['recover', 'bookstore', '--embedded', '--detach'],
      2,
      '--embedded and --detach exclude one another: what --embedded brings ends with the command',
    ],
    [['approve'], 2, "required option '--reason <text>' not specified"],
    [['retry', '--reason', 'x'], 2, "missing required argument 'step'"],
    [
      ['drill', '--kill-in', 'lunch'],
      2,
      '--kill-in lunch: the tiers are namespaces, crds, operators, storage, databases, queues, applications, ingress',
    ],
  ])('%j ends with %i and one sentence', async (args, code, sentence) => {
    expect(await cli(...args)).toEqual({ code, stdout: '', stderr: `rekindle: ${sentence}\n` });
  });

  it.each([[['recover', 'bookstore']], [['status']], [['abort', '--reason', 'x']], [['report', 'x']], [['worker']]])(
    '%j says that Temporal is unreachable, and where',
    async (args) => {
      const ran = await cli(...args);

      expect(ran).toMatchObject({ code: 1, stdout: '' });
      const [line, ...others] = ran.stderr.trimEnd().split('\n');
      expect(line).toMatch(/Temporal unreachable at 127\.0\.0\.1:9 \(connection refused\)/);
      expect(others).toEqual([]);
    },
  );

  it('teaches with examples and exit codes in its help', async () => {
    const ran = await cli('recover', '--help');

    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toMatch(/Examples:\n {2}\$ rekindle recover bookstore/);
    expect(ran.stdout).toContain('5 held: waits for a decision');
  });
});
