import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOutput } from '../../../src/cli/output.ts';
import { validate } from '../../../src/cli/validate.ts';
import { fakeLanguage } from '../plan/fake-language.ts';
import { planOf } from '../plan/plan-text.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekindle-validate-'));
  const tiers = `storage: [{ name: volumes, velero: {}, checks: [{ name: a, exec: { command: [x] } }] }]
crds: [{ name: crds, velero: {} }, { name: more, velero: {} }]`;
  await writeFile(join(folder, 'shop.yaml'), planOf(tiers, '  verify: [{ name: all, exec: { command: [x] } }]\n'));
  await writeFile(
    join(folder, 'bad.yaml'),
    planOf('storage: [{ name: volumes, velro: {} }]').replace('name: shop', 'name: bad'),
  );
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function run(targets: readonly string[], options: { readonly asJson?: boolean; readonly isTTY?: boolean } = {}) {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => (written[name] += text),
    isTTY: options.isTTY === true,
  });
  const exitCode = await validate(targets, {
    plansFolder: folder,
    asJson: options.asJson === true,
    language: fakeLanguage,
    output: createOutput({ noColor: false }, { stdout: stream('stdout'), stderr: stream('stderr') }),
  });
  return { exitCode, ...written };
}

describe('rekindle validate', () => {
  it('says of a valid plan how large it is, by name and by file', async () => {
    const line = `${join(folder, 'shop.yaml')} is valid: 3 steps in 2 tiers, 2 checks\n`;

    expect(await run(['shop'])).toEqual({ exitCode: 0, stdout: line, stderr: '' });
    expect(await run([join(folder, 'shop.yaml')])).toEqual({ exitCode: 0, stdout: line, stderr: '' });
  });

  it('prints each issue as a line on standard error, and ends with 2', async () => {
    const { exitCode, stdout, stderr } = await run(['bad']);

    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^\S+bad\.yaml:10:32: spec\.tiers\.storage\[0\]\.velro: unknown driver or key "velro" \(did you mean "velero"\?\); .*\n$/,
    );
  });

  it('judges several plans, and fails if one of them does', async () => {
    const { exitCode, stdout, stderr } = await run(['bad', 'shop', 'nowhere']);

    expect(exitCode).toBe(2);
    expect(stdout).toContain('shop.yaml is valid');
    expect(stderr).toContain('unknown plan "nowhere"');
    expect(stderr).toContain('bad.yaml:10:32');
  });

  it('prints one JSON document with -o json, on standard output', async () => {
    const { exitCode, stdout, stderr } = await run(['shop', 'bad'], { asJson: true });

    expect(exitCode).toBe(2);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      plans: [
        { valid: true, name: 'shop', steps: 3, tiers: 2, checks: 2, issues: [] },
        { valid: false, issues: [{ line: 10, column: 32, path: 'spec.tiers.storage[0].velro' }] },
      ],
    });
  });

  it('uses colours in a terminal only', async () => {
    const escape = '\u001b[';

    expect((await run(['bad'], { isTTY: true })).stderr).toContain(escape);
    expect((await run(['bad'])).stderr).not.toContain(escape);
    expect((await run(['shop'])).stdout).not.toContain(escape);
  });

  it('opens no kubeconfig and asks no Temporal', async () => {
    // A pipe that nobody writes to: whoever opens it waits for ever.
    const kubeconfig = join(folder, 'kubeconfig');
    await promisify(execFile)('mkfifo', [kubeconfig]);
    const bin = new URL('../../../bin/rekindle.js', import.meta.url).pathname;

    const { stdout } = await promisify(execFile)(
      process.execPath,
      [bin, 'validate', 'smallest', '--plans', 'plans/examples'],
      {
        cwd: new URL('../../../', import.meta.url),
        env: { PATH: process.env['PATH'], KUBECONFIG: kubeconfig, TEMPORAL_ADDRESS: 'nowhere.invalid:7233' },
        timeout: 20_000,
      },
    );

    expect(stdout).toBe('plans/examples/smallest.yaml is valid: 3 steps in 3 tiers, 0 checks\n');
  }, 30_000);
});
