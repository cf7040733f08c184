import { execFileSync } from 'node:child_process';
import { lstatSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkout, filesInGit, textOf } from './files.ts';

const files = filesInGit().filter((file) => lstatSync(join(checkout, file), { throwIfNoEntry: false })?.isFile());
const sources = files.filter((file) => /\.(ts|js|go|sh)$/.test(file) || file === '.ci/run');
const tests = files.filter((file) => file.endsWith('.test.ts'));

/** `file:line` of each line that matches. */
function places(among: readonly string[], pattern: RegExp): readonly string[] {
  return among.flatMap((file) =>
    textOf(file)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim().slice(0, 120)}`] : [])),
  );
}

function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

describe('what git holds', () => {
  it('names no folder of a machine', () => {
    const folders = new Set([checkout, dirname(checkout), homedir()]);
    // A checkout in a usual place such as /src or /root would forbid words that every text may use.
    const telling = [...folders].filter((folder) => folder.split('/').length > 2);
    const pattern = new RegExp(telling.map((folder) => `${literally(folder)}(?![a-z0-9])`).join('|') || '(?!)');

    expect(places(files, pattern)).toEqual([]);
  });

  it('names no registry but the public ones', () => {
    const configured = execFileSync('npm', ['config', 'get', 'registry'], { cwd: checkout, encoding: 'utf8' });
    const asked = [
      configured.trim(),
      ...['PIP_INDEX_URL', 'GOPROXY', 'UV_INDEX_URL'].flatMap((name) => process.env[name] ?? []),
    ];
    const hosts = asked.flatMap((value) => value.split(/[,|]/)).flatMap(hostOf);
    const own = hosts.filter((host) => !/(^|\.)(npmjs\.org|pypi\.org|golang\.org)$/.test(host));

    expect(own.flatMap((host) => places(files, new RegExp(literally(host))))).toEqual([]);
    expect(places(['package-lock.json'], /"resolved":|https?:\/\/[^"]*\.tgz/)).toEqual([]);
  });

  it('silences no tool and leaves nothing for later', () => {
    const silencers = [
      'eslint' + '-disable',
      'oxlint' + '-disable',
      '@ts' + '-ignore',
      '@ts' + '-nocheck',
      'prettier' + '-ignore',
      'no' + 'lint:',
    ];
    const later = ['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X:'];

    expect(places(sources, new RegExp(silencers.join('|')))).toEqual([]);
    expect(places(sources, new RegExp(String.raw`\b(${later.join('|')})\b`))).toEqual([]);
  });

  it('has no test that is left out or runs alone', () => {
    const left = /\b(it|test|describe|suite)\.(only|skip|todo|fails)\b|\b[xf](it|describe)\(/;

    expect(tests.length).toBeGreaterThan(0);
    expect(places(tests, left).filter((place) => !place.startsWith('test/architecture/lint.test.ts:'))).toEqual([]);
  });

  it('holds no file of more than a megabyte', () => {
    expect(files.filter((file) => lstatSync(join(checkout, file)).size > 1_000_000)).toEqual([]);
  });
});

function hostOf(url: string): readonly string[] {
  return URL.canParse(url) ? [new URL(url).hostname] : [];
}
