import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAllDocuments, parse } from 'yaml';
import { z } from 'zod';
import { assessObject } from '../../../src/health/assess-object.ts';
import { kindRules } from '../../../src/health/objects/registry.ts';
import { relatedAmong } from '../../../src/health/related.ts';
import { isKubeObject } from '../../../src/kube/read.ts';
import type { KubeObject } from '../../../src/kube/types.ts';
import { verdictNames, type Verdict } from '../../../src/model/verdict.ts';

/**
 * The one runner of the object fixtures: test/fixtures/objects/<group>/<Kind>/<verdict>-<why>.yaml, judged at a fixed time.
 * The first document is judged, the others stand beside it. A new rule needs objects and lines in expected.yaml, no code.
 */
const root = join(import.meta.dirname, '../../fixtures/objects');
const now = new Date('2026-11-20T12:00:00Z');

const Expected = z.record(
  z.string(),
  z.strictObject({ verdict: z.enum(verdictNames), reason: z.string(), says: z.string().optional() }),
);

interface Case {
  readonly kind: string;
  readonly name: string;
  readonly expected: z.infer<typeof Expected>[string];
}

function casesOf(kind: string): readonly Case[] {
  const expected = Expected.parse(parse(readFileSync(join(root, kind, 'expected.yaml'), 'utf8')));
  return Object.entries(expected).map(([name, one]) => ({ kind, name, expected: one }));
}

function filesOf(kind: string): readonly string[] {
  const files = readdirSync(join(root, kind)).filter((file) => file !== 'expected.yaml');
  return files.map((file) => file.replace(/\.yaml$/u, '')).toSorted();
}

function judge({ kind, name }: Case): Verdict {
  const documents = parseAllDocuments(readFileSync(join(root, kind, `${name}.yaml`), 'utf8'));
  const objects = documents.map((document): KubeObject => {
    const value: unknown = document.toJS();
    if (!isKubeObject(value)) throw new Error(`${kind}/${name}.yaml holds something that is no object`);
    return value;
  });
  const [object] = objects;
  if (object === undefined) throw new Error(`${kind}/${name}.yaml is empty`);
  return assessObject(object, relatedAmong(objects), now);
}

const kinds = readdirSync(root).flatMap((group) => readdirSync(join(root, group)).map((kind) => `${group}/${kind}`));
const cases = kinds.flatMap(casesOf);

describe('verdicts of the object fixtures', () => {
  it.each(cases)('$kind $name', (one) => {
    const { verdict, reason, says } = one.expected;

    const seen = judge(one);

    expect({ verdict: seen.verdict, reason: seen.reason }).toEqual({ verdict, reason });
    expect(seen.message ?? '').toContain(says ?? '');
    expect(one.name.split('-')[0]).toBe(verdict.toLowerCase());
    // What a program wrote of its end or answered to a probe may hold anything: the fixtures put a password there.
    expect(seen.message).not.toContain('hunter2');
  });

  it.each(kinds)('%s: every object has its line in expected.yaml', (kind) => {
    expect(
      casesOf(kind)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(filesOf(kind));
  });

  it.each(kindRules.map(({ group, kind }) => `${group || 'core'}/${kind}`))(
    '%s has at least four fixtures, one of them not healthy',
    (kind) => {
      const own = cases.filter((one) => one.kind === kind);

      expect(own.length).toBeGreaterThanOrEqual(4);
      expect(own.some(({ expected }) => expected.verdict !== 'Healthy')).toBe(true);
    },
  );

  afterAll(() => {
    const counts = kinds.map((kind) => `${kind} ${casesOf(kind).length}`);
    process.stdout.write(`${cases.length} object fixtures: ${counts.join(', ')}\n`);
  });
});
