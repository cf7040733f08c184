import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkout } from './files.ts';

const run = promisify(execFile);

/** A small tree with the project's own settings: what the linter says there it says of the project. */
const tree: { readonly [file: string]: string } = {
  'src/model/word.ts': 'export const word = 1;\nexport type Word = number;\n',
  'src/plan/parse.ts': 'export const parse = 1;\n',
  'src/kube/client.ts': 'export const client = 1;\nexport type Client = number;\n',
  'src/quiesce/kind.ts': 'export const kind = 1;\n',
  'src/velero/api.ts': 'export const api = 1;\n',
  'src/drivers/driver.ts': 'export interface Driver { readonly name: string }\n',
  'src/drivers/velero.ts': 'export const velero = 1;\n',
  'src/health/assess.ts': 'export const assess = 1;\n',
  'src/preflight/survey.ts': 'export const survey = 1;\n',
  'src/recovery/lock.ts': 'export const lock = 1;\n',
  'src/report/json.ts': 'export const json = 1;\n',
  'src/cli/main.ts': 'export const main = 1;\n',
  'src/worker.ts': 'export const worker = 1;\n',
  'activities/index.ts': 'export const activities = 1;\nexport type Activities = number;\n',
  'workflows/index.ts': 'export const workflows = 1;\nexport type Workflows = number;\n',
  'lab/lab.ts': 'export const lab = 1;\n',
  'test/support/help.ts': 'export const help = 1;\n',
};

const layer = 'eslint(no-restricted-imports)';
const environment = 'node(no-process-env)';

const refused: readonly (readonly [file: string, source: string, rule: string])[] = [
  ['src/model/a.ts', "import { client } from '../kube/client.ts';\nexport const a = client;", layer],
  ['src/model/b.ts', "import type { Client } from '../kube/client.ts';\nexport type B = Client;", layer],
  ['src/model/c.ts', "import { z } from 'zod';\nexport const c = z;", layer],
  ['src/plan/a.ts', "import { client } from '../kube/client.ts';\nexport const a = client;", layer],
  ['src/plan/b.ts', "import { Client } from '@temporalio/client';\nexport const b = Client;", layer],
  ['src/plan/c.ts', "import { velero } from '../drivers/velero.ts';\nexport const c = velero;", layer],
  ['src/kube/a.ts', "import { velero } from '../drivers/velero.ts';\nexport const a = velero;", layer],
  ['src/kube/b.ts', "import { log } from '@temporalio/activity';\nexport const b = log;", layer],
  ['src/quiesce/a.ts', "import { api } from '../velero/api.ts';\nexport const a = api;", layer],
  ['src/quiesce/kinds/b.ts', "import { api } from '../../velero/api.ts';\nexport const b = api;", layer],
  ['src/velero/a.ts', "import { velero } from '../drivers/velero.ts';\nexport const a = velero;", layer],
  ['src/drivers/a.ts', "import { velero } from './velero.ts';\nexport const a = velero;", layer],
  ['src/drivers/b.ts', "import { heartbeat } from '@temporalio/activity';\nexport const b = heartbeat;", layer],
  ['src/drivers/c.ts', "import { lock } from '../recovery/lock.ts';\nexport const c = lock;", layer],
  ['src/health/a.ts', "import { velero } from '../drivers/velero.ts';\nexport const a = velero;", layer],
  ['src/health/checks/b.ts', "import { lock } from '../../recovery/lock.ts';\nexport const b = lock;", layer],
  ['src/preflight/a.ts', "import { lock } from '../recovery/lock.ts';\nexport const a = lock;", layer],
  ['src/preflight/families/b.ts', "import { velero } from '../../drivers/velero.ts';\nexport const b = velero;", layer],
  ['src/preflight/c.ts', "import { log } from '@temporalio/activity';\nexport const c = log;", layer],
  ['src/recovery/a.ts', "import { main } from '../cli/main.ts';\nexport const a = main;", layer],
  ['src/recovery/b.ts', "import { log } from '@temporalio/activity';\nexport const b = log;", layer],
  ['src/report/a.ts', "import { client } from '../kube/client.ts';\nexport const a = client;", layer],
  ['src/cli/a.ts', "import { KubeConfig } from '@kubernetes/client-node';\nexport const a = KubeConfig;", layer],
  ['src/cli/b.ts', "import { lab } from '../../lab/lab.ts';\nexport const b = lab;", layer],
  ['src/cli/c.ts', "import { workflows } from '../../workflows/index.ts';\nexport const c = workflows;", layer],
  ['activities/a.ts', "import { workflows } from '../workflows/index.ts';\nexport const a = workflows;", layer],
  ['activities/b.ts', "import { main } from '../src/cli/main.ts';\nexport const b = main;", layer],
  ['workflows/a.ts', "import { activities } from '../activities/index.ts';\nexport const a = activities;", layer],
  ['workflows/b.ts', "import { readFileSync } from 'node:fs';\nexport const b = readFileSync;", layer],
  ['workflows/c.ts', "import { client } from '../src/kube/client.ts';\nexport const c = client;", layer],
  ['workflows/d.ts', "import { Client } from '@temporalio/client';\nexport const d = Client;", layer],
  ['workflows/e.ts', "export const e = await import('../src/kube/client.ts');", layer],
  ['workflows/f.ts', "export { client } from '../src/kube/client.ts';", layer],
  ['lab/a.ts', "import { KubeConfig } from '@kubernetes/client-node';\nexport const a = KubeConfig;", layer],
  ['src/kube/c.ts', 'export const c = process.env.HOME;', environment],
  ['src/worker/d.ts', "import { env } from 'node:process';\nexport const d = env.HOME;", layer],
  ['activities/c.ts', 'export const c = process.env.HOME;', environment],
  [
    'src/kube/floating.ts',
    'async function send(): Promise<void> {\n  await Promise.resolve();\n}\nexport function go(): void {\n  send();\n}',
    'typescript(no-floating-promises)',
  ],
  [
    'workflows/floating.ts',
    "import { sleep } from '@temporalio/workflow';\nexport function wait(): void {\n  sleep('1s');\n}",
    'typescript(no-floating-promises)',
  ],
  [
    'src/kube/misused.ts',
    'export function go(all: readonly number[]): void {\n  all.forEach(async (one) => {\n    await Promise.resolve(one);\n  });\n}',
    'typescript(no-misused-promises)',
  ],
  [
    'src/model/forgotten.ts',
    "export function say(word: 'yes' | 'no'): number {\n  switch (word) {\n    case 'yes':\n      return 1;\n  }\n  return 0;\n}",
    'typescript(switch-exhaustiveness-check)',
  ],
  ['src/model/any.ts', 'export const loose: any = 1;', 'typescript(no-explicit-any)'],
  [
    'src/drivers/type.ts',
    "import { Driver } from './driver.ts';\nexport type Named = Driver;",
    'typescript(consistent-type-imports)',
  ],
  ['src/report/default.ts', 'export default 1;', 'import(no-default-export)'],
  [
    'test/unit/only.test.ts',
    "import { expect, it } from 'vitest';\nit.only('x', () => expect(1).toBe(1));",
    'vitest(no-focused-tests)',
  ],
  [
    'test/unit/skip.test.ts',
    "import { expect, it } from 'vitest';\nit.skip('x', () => expect(1).toBe(1));",
    'vitest(no-disabled-tests)',
  ],
  [
    'test/unit/empty.test.ts',
    "import { it } from 'vitest';\nit('asserts nothing', () => undefined);",
    'vitest(expect-expect)',
  ],
];

const allowed: readonly (readonly [file: string, source: string])[] = [
  ['src/model/ok.ts', "import { word } from './word.ts';\nexport const ok = word;"],
  [
    'src/plan/ok.ts',
    "import { z } from 'zod';\nimport { word } from '../model/word.ts';\nexport const ok = [z, word];",
  ],
  ['src/kube/ok.ts', "import { KubeConfig } from '@kubernetes/client-node';\nexport const ok = KubeConfig;"],
  [
    'src/drivers/ok.ts',
    "import { api } from '../velero/api.ts';\nimport type { Driver } from './driver.ts';\nexport const ok = [api, 1 as unknown as Driver];",
  ],
  ['src/drivers/registry.ts', "import { velero } from './velero.ts';\nexport const drivers = { velero };"],
  [
    'src/health/checks/ok.ts',
    "import { client } from '../../kube/client.ts';\nimport { assess } from '../assess.ts';\nexport const ok = [client, assess];",
  ],
  ['src/preflight/ok.ts', "import { velero } from '../drivers/velero.ts';\nexport const ok = velero;"],
  [
    'src/preflight/families/ok.ts',
    "import { api } from '../../velero/api.ts';\nimport { survey } from '../survey.ts';\nexport const ok = [api, survey];",
  ],
  ['src/recovery/ok.ts', "import { velero } from '../drivers/velero.ts';\nexport const ok = velero;"],
  ['src/cli/ok.ts', "import { activities } from '../../activities/index.ts';\nexport const ok = activities;"],
  ['src/config.ts', 'export const home = process.env.HOME;'],
  [
    'workflows/ok.ts',
    "import { sleep } from '@temporalio/workflow';\nimport type { Activities } from '../activities/index.ts';\nimport { word } from '../src/model/word.ts';\nimport { workflows } from './index.ts';\nexport const ok = [sleep, word, workflows];\nexport type Ok = Activities;",
  ],
];

interface Diagnostic {
  readonly filename: string;
  readonly code: string;
}

describe('the linter', () => {
  let folder = '';
  let found: readonly Diagnostic[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rekindle-lint-'));
    for (const name of ['.oxlintrc.json', 'tsconfig.json', 'package.json']) {
      await copyFile(join(checkout, name), join(folder, name));
    }
    await symlink(join(checkout, 'node_modules'), join(folder, 'node_modules'));
    for (const [file, source] of [...Object.entries(tree), ...refused, ...allowed]) await put(file, source);
    found = await lint(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function put(file: string, source: string): Promise<void> {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), `${source}\n`);
  }

  it.each(refused)('refuses %s: %j', (file, _source, rule) => {
    expect(rulesOf(found, file)).toContain(rule);
  });

  it.each(allowed)('has nothing against %s: %j', (file) => {
    expect(rulesOf(found, file)).toEqual([]);
  });
});

function rulesOf(found: readonly Diagnostic[], file: string): readonly string[] {
  return found.filter((one) => one.filename === file).map((one) => one.code);
}

async function lint(folder: string): Promise<readonly Diagnostic[]> {
  const { stdout } = await run('oxlint', ['--format=json', 'src', 'workflows', 'activities', 'lab', 'test'], {
    cwd: folder,
    maxBuffer: 1 << 26,
  }).catch((error: { readonly stdout: string }) => error);
  const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly Diagnostic[] };
  return diagnostics;
}
