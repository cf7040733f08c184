import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkout, filesInGit, textOf } from './files.ts';
import { run, verbs } from './rekindle.ts';

const pages = filesInGit().filter((file) => file.endsWith('.md'));
const { scripts } = JSON.parse(textOf('package.json')) as { readonly scripts: { readonly [name: string]: string } };

/** Each match's first group, with the page it stands on. */
function mentions(pattern: RegExp): readonly (readonly [page: string, what: string])[] {
  return pages.flatMap((page) => [...textOf(page).matchAll(pattern)].map(([, what = '']) => [page, what] as const));
}

describe('the documentation', () => {
  it('names no npm script that is not there', () => {
    const named = mentions(/\bnpm run (?:--silent )?([a-z][a-z:-]*)/g);

    expect(named.length).toBeGreaterThan(0);
    expect(named.filter(([, script]) => scripts[script] === undefined)).toEqual([]);
  });

  it('names no verb that is not there', () => {
    const known = new Set([...verbs(), 'help']);
    // As a command: in backticks, after a prompt, or at the beginning of a line of an example.
    const named = mentions(/(?:`|^\$ |^)(?:npx )?rekindle ([a-z][a-z-]*)/gm);

    expect(named.length).toBeGreaterThan(0);
    expect(named.filter(([, verb]) => !known.has(verb))).toEqual([]);
  });

  it('links to files that are there', () => {
    const links = mentions(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g);

    expect(links.length).toBeGreaterThan(0);
    expect(links.filter(([page, link]) => !existsSync(join(checkout, normalize(join(dirname(page), link)))))).toEqual(
      [],
    );
  });

  it('shows plans that are valid', () => {
    const plans = mentions(/^```yaml\n((?:#.*\n)*apiVersion: rekindle\.dev[^]*?)^```/gm);
    const folder = mkdtempSync(join(tmpdir(), 'rekindle-docs-'));
    const seen = plans.map(([page, plan], index) => {
      const file = join(folder, `plan-${index}.yaml`);
      writeFileSync(file, plan);
      return { page, ...run(['validate', file]) };
    });
    rmSync(folder, { recursive: true });

    expect(plans.map(([page]) => page)).toContain('README.md');
    expect(seen.filter(({ code }) => code !== 0)).toEqual([]);
  });

  it('is what .ci/run runs', () => {
    expect(textOf('README.md')).toContain('npm ci && npm test');
    expect(textOf('.ci/run')).toMatch(/^npm ci\nnpm test/m);
  });
});
