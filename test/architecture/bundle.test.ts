import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleWorkflows, type Bundle } from '../support/bundle.ts';
import { checkout } from './files.ts';

/** Folders whose sources may run in the workflow sandbox, from the root. */
const ours = ['workflows/', 'src/model/'];
/** Packages that Temporal itself brings along. */
const temporals = ['@temporalio/workflow/', '@temporalio/common/', 'long/', 'ms/', 'nexus-rpc/'];

// 1.9 MB as of the first version, two thirds of it the inline source map; a library that slips in adds hundreds of kilobytes.
const sizeLimit = 2_500_000;

describe('the workflow bundle', () => {
  let bundle: Bundle;
  let folder = '';

  beforeAll(async () => {
    bundle = await bundleWorkflows();
    folder = await mkdtemp(join(tmpdir(), 'rekindle-bundle-'));
    await mkdir(join(folder, 'workflows'));
    await symlink(join(checkout, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function bundleOf(source: string): Promise<Bundle> {
    const file = join(folder, 'workflows', 'index.ts');
    await writeFile(file, source);
    return bundleWorkflows(file);
  }

  it('builds without a word of complaint', () => {
    expect(bundle.complaints).toEqual([]);
  });

  it('holds our workflows, the model and what Temporal brings, and nothing else', () => {
    expect(foreign(bundle)).toEqual([]);
    expect(bundle.modules.map((path) => relative(checkout, path))).toContain('workflows/recover-site.ts');
  });

  it('stays small', () => {
    expect(bundle.code.length).toBeLessThan(sizeLimit);
  });

  it('does not build with a Node built-in in it', async () => {
    await expect(
      bundleOf("import { readFileSync } from 'node:fs';\nexport async function w() { return String(readFileSync); }"),
    ).rejects.toThrow(/"node:fs" is not handled/);
  });

  it('is found out with a library in it', async () => {
    const withLibrary = await bundleOf(
      "import { z } from 'zod';\nexport async function w() { return z.string().parse('x'); }",
    );

    expect(foreign(withLibrary).length).toBeGreaterThan(0);
  });
});

/** Modules of a bundle that have no business there. */
function foreign(bundle: Bundle): readonly string[] {
  return bundle.modules
    .map((path) => relative(checkout, path))
    .filter((path) => !ours.some((folder) => path.startsWith(folder)))
    .filter((path) => !temporals.some((name) => path.includes(`node_modules/${name}`)));
}
