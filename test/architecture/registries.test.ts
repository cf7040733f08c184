import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drivers } from '../../src/drivers/registry.ts';
import { checks } from '../../src/health/checks/registry.ts';
import { checkTypes, driverNames } from '../../src/model/plan.ts';
import { quiesceKindNames } from '../../src/model/quiesce.ts';
import { families } from '../../src/preflight/registry.ts';
import { quiesceKinds } from '../../src/quiesce/registry.ts';
import { checkout, textOf } from './files.ts';
import { verbs } from './rekindle.ts';

/** Names of a folder's files without their ending, those left out that are no entries. */
function entriesOf(folder: string, ...notEntries: readonly string[]): readonly string[] {
  return readdirSync(join(checkout, folder))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.slice(0, -'.ts'.length))
    .filter((name) => name !== 'registry' && !notEntries.includes(name))
    .toSorted();
}

/** Files of its own folder that a registry imports. */
function importsOf(registry: string): readonly string[] {
  return [...textOf(registry).matchAll(/from '\.\/([^/']+)\.ts'/g)].map(([, name = '']) => name).toSorted();
}

function inCamelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_all, letter: string) => letter.toUpperCase());
}

describe('the registry of drivers', () => {
  it('is its folder', () => {
    expect(Object.keys(drivers).toSorted()).toEqual(entriesOf('src/drivers', 'driver').map(inCamelCase).toSorted());
    expect(Object.keys(drivers).toSorted()).toEqual(driverNames.toSorted());
  });

  it.each(Object.entries(drivers))('holds %s under its own name', (name, driver) => {
    expect(driver.name).toBe(name);
    expect(driver.tiers.length).toBeGreaterThan(0);
    expect(driver.stages).toContain('restore');
  });
});

describe('the registry of checks', () => {
  it('is its folder', () => {
    expect(Object.keys(checks).toSorted()).toEqual(entriesOf('src/health/checks').map(inCamelCase).toSorted());
    expect(Object.keys(checks).toSorted()).toEqual(checkTypes.toSorted());
  });

  it.each(Object.entries(checks))('holds %s under its own type', (type, check) => {
    expect(check.type).toBe(type);
  });
});

describe('the registry of verdicts', () => {
  it('imports every file of its folder', () => {
    const parts = ['registry-databases', 'registry-platform'];
    const imported = ['registry', ...parts].flatMap((name) => importsOf(`src/health/objects/${name}.ts`));

    expect(entriesOf('src/health/objects').length).toBeGreaterThan(0);
    expect(imported).toEqual(expect.arrayContaining([...entriesOf('src/health/objects', ...parts)]));
  });
});

describe('the registry of a look ahead', () => {
  it('is its folder', () => {
    const imported = [...textOf('src/preflight/registry.ts').matchAll(/from '\.\/families\/([^/']+)\.ts'/g)];

    expect(imported.map(([, name = '']) => name).toSorted()).toEqual(entriesOf('src/preflight/families'));
    expect(families.map(({ name }) => name).toSorted()).toEqual(
      entriesOf('src/preflight/families').map(inCamelCase).toSorted(),
    );
  });
});

describe('the registry of what can be quiesced', () => {
  it('is its folder, and the kinds that a plan may name', () => {
    const imported = [...textOf('src/quiesce/registry.ts').matchAll(/from '\.\/kinds\/([^/']+)\.ts'/g)];

    expect(imported.map(([, name = '']) => name).toSorted()).toEqual(entriesOf('src/quiesce/kinds'));
    expect(Object.keys(quiesceKinds)).toEqual(quiesceKindNames);
  });
});

describe('the command line', () => {
  it('knows a verb for each file that makes a command', () => {
    const made = entriesOf('src/cli').filter((name) =>
      new RegExp(`export (async )?function ${inCamelCase(name)}Command\\(`).test(textOf(`src/cli/${name}.ts`)),
    );

    expect(made.length).toBeGreaterThan(0);
    expect(verbs()).toEqual(made.toSorted());
  });
});
