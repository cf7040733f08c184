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

/** Kubernetes' own kinds have words that do not change; engines' are what we are asked about at night. */
function leastFor(group: string): number {
  return group === '' || !group.includes('.') || group.endsWith('.k8s.io') ? 4 : 6;
}

/** `12 apps: DaemonSet 8, Deployment 20`: one line for each group, with the number of fixtures of each of its kinds. */
function countsTable(): string {
  const groups = Map.groupBy(kinds, (kind) => kind.split('/')[0] ?? '');
  const lines = [...groups].map(([group, own]) => {
    const counts = own.map((kind) => `${kind.slice(group.length + 1)} ${casesOf(kind).length}`);
    return `${String(own.flatMap(casesOf).length).padStart(5)}  ${group}: ${counts.join(', ')}\n`;
  });
  return `${cases.length} object fixtures of ${kinds.length} kinds, ${kindRules.length} rules\n${lines.join('')}`;
}

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

  it.each(kindRules.map(({ group, kind }) => ({ kind: `${group || 'core'}/${kind}`, least: leastFor(group) })))(
    '$kind has at least $least fixtures, two of them not healthy',
    ({ kind, least }) => {
      const own = cases.filter((one) => one.kind === kind);
      const others = own.filter(({ expected }) => expected.verdict !== 'Healthy');

      expect(own.length).toBeGreaterThanOrEqual(least);
      expect(others.length).toBeGreaterThanOrEqual(2);
    },
  );

  it('no two rules ask for one kind at two places: a neighbour is found by its kind alone', () => {
    const places = new Map<string, string>();
    for (const { needs = [] } of kindRules)
      for (const { apiVersion, kind } of needs) {
        expect([kind, places.get(kind) ?? apiVersion]).toEqual([kind, apiVersion]);
        places.set(kind, apiVersion);
      }
  });

  it('a kind with terminal reasons has a fixture that shows one: a misspelt one would wait in vain', () => {
    const shown = new Set(cases.map(({ kind, expected }) => `${kind} ${expected.reason}`));
    const unshown = kindRules
      .map(({ group, kind, terminal = [] }) => ({ kind: `${group || 'core'}/${kind}`, terminal }))
      .filter(
        ({ kind, terminal }) => terminal.length > 0 && !terminal.some((reason) => shown.has(`${kind} ${reason}`)),
      );

    expect(unshown).toEqual([]);
  });

  afterAll(() => {
    process.stdout.write(countsTable());
  });
});
