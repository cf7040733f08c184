import { describe, expect, it } from 'vitest';
import { dataChecksum } from '../../../src/health/checks/data-checksum.ts';
import {
  judgeSums,
  mysqlSum,
  postgresSum,
  readManifest,
  readSum,
  sumLine,
} from '../../../src/health/engines/checksum.ts';
import type { KubeObject } from '../../../src/kube/types.ts';
import { fakeEngine, type Act } from '../../support/fake-engine.ts';
import { contextOf } from './check-kube.ts';

const a = 'a'.repeat(64);
const b = 'b'.repeat(64);

describe('a line of sums', () => {
  it.each([
    { answer: `3 ${a}\n`, sum: { count: 3, checksum: a } },
    { answer: `0 ${'c'.repeat(40)}`, sum: { count: 0, checksum: 'c'.repeat(40) } },
    { answer: `3 ${'a'.repeat(41)}`, sum: undefined },
    { answer: `-1 ${a}`, sum: undefined },
    { answer: `3 ${a.toUpperCase()}`, sum: undefined },
    { answer: `3 ${a} ${a}`, sum: undefined },
    { answer: '', sum: undefined },
  ])('$answer', ({ answer, sum }) => {
    expect(readSum(answer)).toEqual(sum);
  });

  it('is read as it was written', () => {
    const lines = [
      sumLine('public.orders', { count: 3, checksum: a }),
      '',
      '# by hand',
      sumLine('a key *', { count: 1, checksum: b }),
    ];

    expect(readManifest(lines.join('\n'))).toEqual(
      new Map([
        ['public.orders', { count: 3, checksum: a }],
        ['a key *', { count: 1, checksum: b }],
      ]),
    );
  });

  it.each(['orders 3', `3 ${a}`, `three ${a} orders`, `3 ${a.slice(1)} orders`])('is refused as %s', (line) => {
    expect(readManifest(`3 ${a} orders\n${line}`)).toEqual({ badLine: 2 });
  });
});

describe('sums beside what was recorded', () => {
  const one = (name: string, expected: object, found: object) => ({
    name,
    expected: { count: 5, checksum: a, ...expected },
    found: { count: 5, checksum: a, ...found },
  });

  it('are equal only when count and checksum are', () => {
    expect(judgeSums([one('orders', {}, {}), one('books', {}, {})], 'rows')).toEqual({
      verdict: 'Healthy',
      reason: 'ChecksumsEqual',
      message: 'orders, books: 10 rows as recorded',
    });
    expect(judgeSums([one('orders', {}, { checksum: b })], 'rows').verdict).toBe('Degraded');
    expect(judgeSums([one('orders', {}, { count: 4 })], 'rows').verdict).toBe('Degraded');
  });

  it('that differ are told with both counts, both checksums cut short, and how many more', () => {
    expect(
      judgeSums([one('a', {}, {}), one('b', {}, { count: 4, checksum: b }), one('c', {}, { checksum: b })], 'rows'),
    ).toEqual({
      verdict: 'Degraded',
      reason: 'ChecksumDiffers',
      message:
        'b has 4 rows where 5 were recorded (checksum bbbbbbbbbbbb…, recorded aaaaaaaaaaaa…); 1 more differ; the backup is not of that time, or data was lost or changed since',
    });
    expect(judgeSums([one('a', {}, { checksum: b })], 'keys').message).toContain(
      'a has 5 keys as recorded, but not the same',
    );
  });

  it('over nothing never pass', () => {
    expect(judgeSums([one('a', { count: 0 }, { count: 0 })], 'rows')).toMatchObject({ reason: 'NothingRecorded' });
    expect(judgeSums([], 'rows').verdict).toBe('Degraded');
  });
});

describe('the questions', () => {
  it('quote the table', () => {
    expect(postgresSum('public.Orders')).toContain('from "public"."Orders" t');
    expect(mysqlSum('shop.Books').join('\n')).toContain("table_schema = 'shop' and table_name = 'Books'");
    expect(mysqlSum('Books').join('\n')).toContain("table_schema = database() and table_name = 'Books'");
  });

  it('mean the whole row, also of a table that has a column of the name of its alias', () => {
    expect(postgresSum('orders')).toContain(`convert_to((t.*)::text, 'UTF8')), 'hex') as h from "orders" t)`);
    expect(postgresSum('orders')).not.toMatch(/[ (]t::/);
  });

  it.each(['bit', 'longblob', 'linestring', 'geometrycollection', 'geomcollection', 'vector'])(
    'take %s of MySQL as bytes, not as text that would lose them',
    (type) => {
      expect(mysqlSum('Books').join('\n')).toMatch(
        new RegExp(`data_type in \\([^)]*'${type}'[^)]*\\), concat\\('coalesce\\(hex\\(`),
      );
    },
  );
});

const base = { engine: 'postgres', pod: 'orders-db-1' };

async function judge(more: object, acts: { readonly [part: string]: Act }, objects: readonly KubeObject[] = []) {
  const { kube, asked } = fakeEngine(acts, { objects });
  const spec = dataChecksum.spec.parse({ ...base, ...more });
  return { seen: await dataChecksum.observe(contextOf(kube), spec), asked };
}

describe('dataChecksum', () => {
  const recorded = { orders: { count: 3, checksum: a } };
  const manifest = (text: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'sums', namespace: 'shop-data' },
    data: { lines: text },
  });
  const byManifest = { manifest: { configMap: 'sums', key: 'lines' }, names: ['orders'] };

  it.each([
    { engine: 'postgres', acts: { pg_isready: '', sha256: `3 ${a}` } },
    { engine: 'mysql', acts: { ping: '', 'prepare sum': `3 ${a}` } },
    { engine: 'redis', acts: { ping: 'PONG', eval: `3 ${a}` } },
  ])('asks $engine', async ({ engine, acts }) => {
    expect((await judge({ engine, expect: recorded }, acts)).seen).toMatchObject({
      verdict: 'Healthy',
      message: expect.stringMatching(
        /^recorded, pod ready, accepts connections, checksums equal: orders: 3 (?:rows|keys) as recorded$/,
      ),
    });
  });

  it('names the table that is not there', async () => {
    const acts = { pg_isready: '', sha256: { exitCode: 1, stderr: 'ERROR:  42P01: relation "orders" does not exist' } };

    expect((await judge({ expect: recorded }, acts)).seen).toMatchObject({
      verdict: 'Degraded',
      reason: 'EmptyDatabase',
      message: expect.stringContaining('checksums equal: table orders is not there'),
    });
  });

  it('compares with a manifest', async () => {
    const acts = { pg_isready: '', sha256: `3 ${a}` };

    expect((await judge(byManifest, acts, [manifest(`3 ${a} orders\n`)])).seen.verdict).toBe('Healthy');
    expect((await judge(byManifest, acts, [manifest(`4 ${a} orders\n`)])).seen.reason).toBe('ChecksumDiffers');
  });

  it.each([
    { objects: [], reason: 'NoManifest', says: 'nothing was recorded, or it was not in the backup' },
    { objects: [manifest('what?')], reason: 'BadManifest', says: 'line 1 of key lines of ConfigMap shop-data/sums' },
    { objects: [manifest('')], reason: 'NotRecorded', says: 'has no line for orders' },
    { objects: [manifest(`3 ${a} books`)], reason: 'NotRecorded', says: 'has no line for orders' },
  ])('asks no engine without a manifest that fits: $reason', async ({ objects, reason, says }) => {
    const { seen, asked } = await judge(byManifest, {}, objects);

    expect(seen).toMatchObject({ reason, message: expect.stringContaining(says) });
    expect(seen.verdict).not.toBe('Healthy');
    expect(asked).toEqual([]);
  });

  it('does not pass on an answer in another form', async () => {
    expect((await judge({ expect: recorded }, { pg_isready: '', sha256: 'three' })).seen.reason).toBe('Unexpected');
  });
});
