import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checks } from '../../../src/health/checks/registry.ts';
import { checkTypes } from '../../../src/model/plan.ts';

const folder = new URL('../../../src/health/checks/', import.meta.url);
const files = readdirSync(folder).filter((name) => name !== 'registry.ts');

/** `http-get.ts` → `httpGet`. */
const typeOf = (file: string): string =>
  file.replace(/\.ts$/, '').replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

describe('the registry of checks', () => {
  it('holds what the folder holds, and what the plan language knows', () => {
    expect(Object.keys(checks).sort()).toEqual(files.map(typeOf).sort());
    expect(Object.keys(checks).sort()).toEqual([...checkTypes].sort());
  });

  it.each(Object.entries(checks))('has %s under its own name', (name, check) => {
    expect(check.type).toBe(name);
  });

  it.each(Object.entries(checks))('has a description for %s and for each of its keys', (_name, check) => {
    const schema = z.toJSONSchema(check.spec, { io: 'input' });

    expect(schema.description).toMatch(/\w/);
    const withoutText = Object.entries(schema.properties ?? {}).flatMap(([key, value]) =>
      typeof value === 'object' && value.description !== undefined ? [] : [key],
    );
    expect(withoutText).toEqual([]);
    expect(schema.additionalProperties).toBe(false);
  });
});
