import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { guestsOf, homeOf, joinedTo, joinOf, rememberJoin } from '../../../lab/joins.ts';
import { down, LabError, status, up } from '../../../lab/lab.ts';

const before = process.env.XDG_CACHE_HOME;
let cache: string;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'rekindle-joins-'));
  process.env.XDG_CACHE_HOME = cache;
});
afterEach(() => {
  if (before === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before;
  rmSync(cache, { recursive: true });
});

function leaveState(name: string): string {
  const folder = join(cache, 'rekindle', 'labs', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'lab.json'), JSON.stringify({ name, level: 'site', stateDir: folder }));
  return folder;
}

describe('a lab that is joined to another', () => {
  it('is remembered, and found from the other side', async () => {
    leaveState('blue');
    leaveState('green');
    rememberJoin('dr', 'blue');
    writeFileSync(join(cache, 'rekindle', 'labs', 'blue.lock'), '');

    expect([joinOf('dr'), joinOf('blue'), joinOf('none')]).toEqual(['blue', undefined, undefined]);
    expect([joinedTo('blue'), joinedTo('green')]).toEqual([['dr'], []]);
    expect(await status({ name: 'blue' })).toMatchObject({ joined: ['dr'] });
    expect(guestsOf('blue')).toEqual([]);
  });

  it('keeps the other one from being taken down first', async () => {
    leaveState('blue');
    rememberJoin('dr', 'blue');

    await expect(down({ name: 'blue' })).rejects.toThrow(
      new LabError('lab blue stays up while lab dr is joined to it: take that one down first (lab down --name dr)'),
    );

    await down({ name: 'dr' });
    await down({ name: 'blue' });
    expect(await status({ name: 'blue' })).toMatchObject({ state: 'absent', joined: [] });
  });

  it('needs one that runs', () => {
    expect(() => homeOf('blue')).toThrow('lab blue is no site that is up: bring it up first (lab up --name blue)');
    writeFileSync(join(leaveState('blue'), 'range.json'), '{}');
    expect(() => homeOf('blue')).toThrow('lab blue is no site that is up');
  });
});

describe('what cannot be joined is told in one sentence', () => {
  beforeEach(() => {
    leaveState('blue');
    leaveState('green');
    rememberJoin('dr', 'blue');
  });

  it.each([
    ['itself', { name: 'blue', joins: 'blue' }, /^lab blue cannot be joined to itself: name the first lab/],
    ['a name that none can have', { name: 'x', joins: '../blue' }, /^lab name "\.\.\/blue" cannot be used: write/],
    [
      'by an API server alone',
      { name: 'x', joins: 'blue', level: 'control-plane' },
      /^only a whole lab can be joined to another: leave out --level control-plane, or --join blue$/,
    ],
    [
      'by a lab with storage of its own',
      { name: 'green', joins: 'blue' },
      /^lab green is there and is joined to none: take it down first \(lab down --name green\)$/,
    ],
    ['by a lab of another', { name: 'dr', joins: 'green' }, /^lab dr is there and is joined to lab blue: take it down/],
    ['a lab that is joined', { name: 'x', joins: 'dr' }, /^lab dr has no storage of its own, .* joined to lab blue/],
  ] as const)('%s', async (_what, options, expected) => {
    await expect(up(options)).rejects.toThrow(expected);
  });
});
