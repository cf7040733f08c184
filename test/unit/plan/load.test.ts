import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPlanByName, loadPlanFile } from '../../../src/plan/load.ts';
import { fakeLanguage } from './fake-language.ts';
import { planOf } from './plan-text.ts';

const text = planOf('storage: [{ name: volumes, velero: {} }]');
let root = '';
let plans = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rekindle-plans-'));
  plans = join(root, 'plans');
  await mkdir(join(plans, 'inner'), { recursive: true });
  await mkdir(join(plans, 'folder.yaml'));
  await writeFile(join(plans, 'shop.yaml'), text);
  await writeFile(join(plans, 'other.yaml'), text);
  await writeFile(join(plans, 'inner', 'shop.yaml'), text);
  await writeFile(join(plans, 'latin.yaml'), Buffer.from([0x23, 0xe9, 0x0a]));
  await writeFile(join(plans, 'large.yaml'), `#${'x'.repeat(256 * 1024)}`);
  await writeFile(join(root, 'outside.yaml'), text.replace('name: shop', 'name: escape'));
  await symlink(join(root, 'outside.yaml'), join(plans, 'escape.yaml'));
  await symlink('inner/shop.yaml', join(plans, 'deeper.yaml'));
  await symlink('circle.yaml', join(plans, 'circle.yaml'));
  await mkdir(join(root, 'empty'));
});

afterAll(async () => {
  await rm(root, { recursive: true });
});

/** The one sentence with which a name is refused. */
async function refusal(name: string, folder = plans): Promise<string> {
  const loaded = await loadPlanByName(name, folder, fakeLanguage);
  if (!('issues' in loaded)) throw new Error(`${name} was loaded from ${loaded.path}`);
  expect(loaded.issues).toHaveLength(1);
  return loaded.issues[0]?.message ?? '';
}

describe('a plan by name', () => {
  it('comes with its text, the digest of the file and its path', async () => {
    const loaded = await loadPlanByName('shop', plans, fakeLanguage);

    expect(loaded).toMatchObject({
      plan: { name: 'shop' },
      text,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      path: join(plans, 'shop.yaml'),
    });
  });

  it('that is unknown brings the names there are, and the nearest', async () => {
    expect(await refusal('shopp')).toBe(
      'unknown plan "shopp" (did you mean "shop"?); the plans folder holds circle, deeper, escape, folder, large, latin, other, shop',
    );
    expect(await refusal('shop', join(root, 'empty'))).toContain('the plans folder holds no plan');
    expect(await refusal('shop', join(root, 'nowhere'))).toContain(
      'the plans folder cannot be read: there is no such file or folder',
    );
  });

  it.each(['../outside', 'inner/shop', '/etc/passwd', '..', 'a\\b', './shop'])(
    'is looked for in the plans folder and nowhere else: %s',
    async (name) => {
      expect(await refusal(name)).toContain('a run finds its plan by name inside the plans folder and nowhere else');
    },
  );

  it.each(['', 'Shop', 'shop\u0000', 'shop ', '-shop', 'x'.repeat(64)])('must be a name: %j', async (name) => {
    expect(await refusal(name)).toContain("a plan's name is 1 to 63 lower-case letters, digits and hyphens");
  });

  it('is written without its ending', async () => {
    expect(await refusal('shop.yaml')).toContain('a plan is named without ".yaml"');
  });

  it.each(['escape', 'deeper'])('does not follow a link out of the folder: %s', async (name) => {
    expect(await refusal(name)).toContain('is a link that leads out of the plans folder');
  });

  it('is refused in a sentence when its file cannot be read', async () => {
    expect(await refusal('circle')).toContain('cannot be read: its links go in a circle');
    expect(await refusal('folder')).toBe('this is a folder; name a file in it');
    expect(await refusal('latin')).toBe('the file is not UTF-8 text');
    expect(await refusal('large')).toBe('the file has 257 KiB; at most 256 KiB are allowed');
  });

  it('bears the name of its file', async () => {
    expect(await refusal('other')).toBe(
      'found "shop", but the file is other.yaml; a plan is found by its file\'s name, write "other"',
    );
  });
});

describe('a plan by file', () => {
  it('may have any name outside the plans folder, and its own inside', async () => {
    const outside = await loadPlanFile(join(root, 'outside.yaml'), plans, fakeLanguage);
    const inside = await loadPlanFile(join(plans, 'other.yaml'), plans, fakeLanguage);

    expect('plan' in outside && outside.plan.name).toBe('escape');
    expect('issues' in inside && inside.issues[0]?.message).toContain('but the file is other.yaml');
  });

  it('that is not there is named', async () => {
    const loaded = await loadPlanFile(join(root, 'none.yaml'), plans, fakeLanguage);

    expect('issues' in loaded && loaded.issues[0]?.message).toBe(
      'the file cannot be read: there is no such file or folder',
    );
  });
});
