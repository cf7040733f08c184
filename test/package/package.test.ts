import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const goodPlan = `apiVersion: rekindle.dev/v1alpha1
kind: RestorePlan
metadata: { name: good }
spec:
  site: shop
  cluster: dr-east
  namespaces: [shop]
  velero: { namespace: velero, backup: nightly-20261120 }
  tiers:
    storage:
      - name: volumes
        velero: { includedResources: [persistentvolumeclaims] }
`;

describe('the packed project, installed in an empty folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rekindle-package-'));

  beforeAll(() => {
    // A copy, so that a checkout in which somebody works keeps its own dist.
    const source = join(folder, 'source');
    for (const name of readdirSync(checkout)) {
      if (['.git', 'node_modules', 'dist', '.rekindle'].includes(name)) continue;
      cpSync(join(checkout, name), join(source, name), { recursive: true });
    }
    insist(run('ln', ['-s', join(checkout, 'node_modules'), join(source, 'node_modules')]));
    insist(run('npm', ['pack', '--pack-destination', folder], source));
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? 'no tarball';
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    writeFileSync(join(empty, 'package.json'), '{ "private": true }');
    insist(run('npm', ['install', '--no-audit', '--no-fund', join(folder, tarball)], empty));
    writeFileSync(join(empty, 'good.yaml'), goodPlan);
    writeFileSync(
      join(empty, 'bad.yaml'),
      goodPlan.replace('name: good', 'name: bad').replace('storage:', 'storrage:'),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('validates a good plan', () => {
    expect(rekindle(['validate', 'good.yaml'])).toMatchObject({ code: 0, stdout: expect.stringContaining('is valid') });
  });

  it('says of a bad plan where it is wrong and what to write instead', () => {
    const { code, stdout, stderr } = rekindle(['validate', 'bad.yaml']);

    expect(code).toBe(2);
    expect(stdout + stderr).toMatch(/bad\.yaml:10:\d+.*storrage.*storage/s);
  });

  it('shows the same help as the checkout', () => {
    const { status, stdout } = spawnSync(process.execPath, [join(checkout, 'bin', 'rekindle.js'), '--help'], {
      encoding: 'utf8',
    });

    expect(status).toBe(0);
    expect(rekindle(['--help']).stdout).toBe(stdout);
  });

  it('brings the workflow bundle and neither TypeScript nor the lab', () => {
    const files = readdirSync(join(folder, 'empty', 'node_modules', 'rekindle'), { recursive: true, encoding: 'utf8' });
    const own = files.filter((name) => !name.startsWith('node_modules'));

    expect(own).toContain(join('dist', 'workflow-bundle.js'));
    expect(own.filter((name) => name.endsWith('.ts') || /(^|\/)(lab|test)\//.test(name))).toEqual([]);
  });

  it('holds every file that its pages link to', () => {
    const root = join(folder, 'empty', 'node_modules', 'rekindle');
    const pages = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.md') && !name.startsWith('node_modules'),
    );
    const dead = pages.flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)]
        .filter(([, link = '']) => !existsSync(join(root, dirname(page), link)))
        .map(([, link]) => `${page}: ${link ?? ''}`),
    );

    expect(pages).toContain('README.md');
    expect(dead).toEqual([]);
  });

  it('says in one sentence that the drill needs a checkout', () => {
    expect(rekindle(['drill'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^rekindle: the drill needs the lab, which is part of the checkout .*\n$/),
    });
  });

  function rekindle(args: readonly string[]): Ended {
    return run('npx', ['--no-install', 'rekindle', ...args], join(folder, 'empty'));
  }
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[], cwd?: string): Ended {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    // npm tells its children of itself by variables; the folder is to be as empty as a user's.
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_package_'))),
  });
  return { code: status, stdout, stderr };
}

function insist({ code, stdout, stderr }: Ended): void {
  if (code !== 0) throw new Error(`exit code ${code}: ${stdout}\n${stderr}`);
}
