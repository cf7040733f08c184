import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readManifests } from '../../../src/manifests/files.ts';

const config = (name: string, namespace = 'shop'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: ${namespace} }\n`;

describe('the manifests of a step', () => {
  let outside: string;
  let plans: string;

  beforeEach(async () => {
    outside = await mkdtemp(join(tmpdir(), 'rekindle-manifests-'));
    plans = join(outside, 'plans');
    await mkdir(join(plans, 'site'), { recursive: true });
  });
  afterEach(() => rm(outside, { recursive: true, force: true }));

  const write = (path: string, text: string): Promise<void> => writeFile(join(plans, path), text);
  const names = async (...paths: readonly string[]): Promise<string[]> =>
    (await readManifests(plans, paths)).objects.map((object) => `${object.kind} ${object.metadata.name}`);

  it('are read from files and folders, documents and lists', async () => {
    await write('site/b.yaml', `${config('b1')}---\n${config('b2')}---\n`);
    await write(
      'site/a.json',
      '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}]}',
    );
    await write('site/notes.txt', 'not a manifest');
    await write('single.yml', config('single'));

    expect(await names('single.yml', 'site')).toEqual([
      'ConfigMap single',
      'ConfigMap a',
      'ConfigMap b1',
      'ConfigMap b2',
    ]);
  });

  it('come with namespaces and definitions first, else as they are written', async () => {
    await write(
      'all.yaml',
      `${config('settings')}---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: tills.example.io }\n---\napiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n`,
    );

    expect(await names('all.yaml')).toEqual([
      'Namespace shop',
      'CustomResourceDefinition tills.example.io',
      'ConfigMap settings',
    ]);
  });

  it('have a hash that follows content and path', async () => {
    await write('a.yaml', config('a'));
    await write('site/a.yaml', config('a'));
    const first = await readManifests(plans, ['a.yaml']);
    const moved = await readManifests(plans, ['site']);
    await write('a.yaml', `${config('a')}\n`);
    const changed = await readManifests(plans, ['a.yaml']);

    expect(first.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set([first.sha256, moved.sha256, changed.sha256]).size).toBe(3);
  });

  it.each([
    ['a file that is not there', 'gone.yaml', {}, 'gone.yaml: there is no such file or folder in the plans folder'],
    ['an empty folder', 'site', {}, 'site: the folder holds no .yaml, .yml or .json file'],
    [
      'a document that is no object',
      'a.yaml',
      { 'a.yaml': 'kind: ConfigMap\n' },
      'a.yaml: a document is not a Kubernetes object',
    ],
    ['an object twice', 'a.yaml', { 'a.yaml': `${config('x')}---\n${config('x')}` }, 'ConfigMap shop/x stands twice'],
    [
      'a path out of the folder',
      '../secret.yaml',
      { '../secret.yaml': config('x') },
      '../secret.yaml: leads out of the plans folder',
    ],
  ])('refuse %s', async (_what, path, files, sentence) => {
    for (const [name, text] of Object.entries(files)) await write(name, text);

    await expect(names(path)).rejects.toThrow(sentence);
  });

  it('refuse a link that leads out', async () => {
    await writeFile(join(outside, 'other.yaml'), config('x'));
    await symlink(join(outside, 'other.yaml'), join(plans, 'link.yaml'));

    await expect(names('link.yaml')).rejects.toThrow('link.yaml: leads out of the plans folder');
  });

  it.each(['data: { password: aHVudGVyMg== }', 'stringData: { password: hunter2 }'])(
    'refuse a Secret with its data, without quoting it: %s',
    async (line) => {
      await write('a.yaml', `apiVersion: v1\nkind: Secret\nmetadata: { name: db, namespace: shop }\n${line}\n`);

      await expect(names('a.yaml')).rejects.toThrow(
        /^a\.yaml: Secret db holds its data in plain text; restore Secrets from the Backup/,
      );
    },
  );

  it('name the line of a syntax error and quote nothing', async () => {
    await write('a.yaml', 'apiVersion: v1\nkind: Secret\nstringData: { password: "hunter2 }\n');

    await expect(names('a.yaml')).rejects.toThrow(/^a\.yaml:\d+: not valid YAML/);
    await expect(names('a.yaml')).rejects.not.toThrow('hunter2');
  });
});
