import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { planJsonSchema } from '../../../src/plan/json-schema.ts';
import { fakeLanguage } from './fake-language.ts';
import { header, planOf, planOfCheck, planOfStep } from './plan-text.ts';

const validate = new Ajv({ strictRequired: false }).compile(planJsonSchema(fakeLanguage));

describe('the JSON schema that editors use', () => {
  it.each([
    planOf('storage: [{ name: volumes, velero: {} }]\ndatabases:\n'),
    planOf(
      'storage: [{ name: volumes, velero: {}, dependsOn: , timeout: 1h30m }]',
      '  objectives: { rto: 30m }\n  verify:\n',
    ),
    planOfCheck('asserts: data\nexec: { command: [x], expect: { atLeast: 1 } }'),
  ])('takes what is valid: %#', (text) => {
    const ok = validate(parse(text));

    expect(validate.errors).toBeNull();
    expect(ok).toBe(true);
  });

  it.each([
    ['an unknown tier', planOf('database: []')],
    ['an unknown driver', planOfStep('velro: {}')],
    ['no driver', planOfStep('timeout: 5m')],
    ['two drivers', planOfStep('velero: {}\nmanifests: { path: x }')],
    ['a bad duration', planOfStep('velero: {}\ntimeout: 90')],
    ['a reserved key', planOf('storage: [{ name: volumes, velero: {} }]', '  source: {}\n')],
    ['two checks in one', planOfCheck('exec: { command: [x] }\nresourceExists: { kind: A, name: b }')],
    ['an unknown key of a driver', planOfStep('velero: { include: [] }')],
    ['a backup and a schedule', planOf('storage: []').replace('backup: nightly', 'backup: a, schedule: b')],
    ['no tiers', header],
  ])('refuses %s', (_what, text) => {
    expect(validate(parse(text))).toBe(false);
  });

  it('is a draft that every editor knows, and tells what a key is for', () => {
    const schema: unknown = JSON.parse(
      readFileSync(new URL('../../../plans/plan.schema.json', import.meta.url), 'utf8'),
    );

    expect(schema).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      properties: { spec: { properties: { site: { description: expect.stringContaining('One run per site') } } } },
      definitions: {
        step: {
          properties: {
            velero: { properties: { includedResources: { description: expect.stringContaining('plural.group') } } },
          },
        },
      },
    });
  });
});
