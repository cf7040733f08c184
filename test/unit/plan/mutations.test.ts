import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDocument, stringify } from 'yaml';
import { language } from '../../../src/language.ts';
import { parsePlan } from '../../../src/plan/parse.ts';

const example = readFileSync(new URL('../../../plans/examples/every-key.yaml', import.meta.url), 'utf8');

type Path = readonly (string | number)[];

/** Every place of a value, from the top. */
function* pathsIn(value: unknown, path: Path = []): Generator<Path> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  for (const [key, inner] of entries) yield* pathsIn(inner, [...path, key]);
}

const odd: readonly unknown[] = [null, 0, '', [], {}, true, 'x', [null], [[]], { a: null }, -1.5, 'password=hunter2'];

/** The example with one value replaced, or taken out where the replacement is undefined. */
function mutated(path: Path, value: unknown): string {
  const document = parseDocument(example);
  if (value === undefined) document.deleteIn(path);
  else document.setIn(path, value);
  return stringify(document);
}

describe('a plan in which one value is wrong', () => {
  const paths = [...pathsIn(parseDocument(example).toJS())];

  it('has more than a hundred places', () => {
    expect(paths.length).toBeGreaterThan(100);
  });

  it('is valid still, or each issue has a place and a sentence without a credential', () => {
    const cases = paths.flatMap((path) => [...odd, undefined].map((value) => ({ path, value })));
    const sample = cases.filter((_, i) => i % 37 === 0); // 37 and the 13 values have no common factor: every value comes up

    const wrong = sample.flatMap(({ path, value }) => {
      const result = parsePlan(mutated(path, value), 'example.yaml', language);
      const issues = 'issues' in result ? result.issues : [];
      return issues.filter(
        ({ line, message }) => line < 1 || /hunter2|undefined|\[object|NaN|\0/.test(message) || message.length < 10,
      );
    });

    expect(sample.length).toBeGreaterThan(50);
    expect(wrong).toEqual([]);
  }, 60_000);
});
