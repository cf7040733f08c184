import { describe, expect, it } from 'vitest';
import { checks } from '../../../src/health/checks/registry.ts';

type Engine = 'postgres' | 'mysql' | 'redis' | 'dataChecksum';

const sum = { count: 3, checksum: 'a'.repeat(64) };
const good: { readonly [E in Engine]: object } = {
  postgres: { pod: 'db-0' },
  mysql: { pod: 'db-0' },
  redis: { pod: 'db-0' },
  dataChecksum: { pod: 'db-0', engine: 'postgres', expect: { orders: sum } },
};

function parse(type: Engine, more: object) {
  return checks[type].spec.safeParse({ ...good[type], ...more });
}

const inAll: readonly { readonly more: object; readonly says: string }[] = [
  { more: { podSelector: { app: 'db' } }, says: 'write one of pod and podSelector' },
  { more: { pod: undefined }, says: 'write one of pod and podSelector' },
  { more: { pod: undefined, podSelector: {} }, says: 'found no label' },
  { more: { shell: true }, says: 'shell' },
  { more: { claims: [] }, says: '' },
  { more: { host: '-oProxyCommand' }, says: 'a host is a name' },
  { more: { host: 'db;reboot' }, says: 'a host is a name' },
  { more: { port: 70_000 }, says: '' },
  { more: { password: 'hunter2' }, says: '' },
  { more: { password: {} }, says: 'write {env: NAME} for a variable' },
  { more: { password: { env: '$PGPASSWORD' } }, says: 'as PGPASSWORD, without $' },
  { more: { password: { env: 'A;reboot' } }, says: 'as PGPASSWORD, without $' },
  { more: { password: { env: 'A', secretName: 'b', key: 'c' } }, says: 'write {env: NAME} for a variable' },
  { more: { password: { secretName: 'b' } }, says: 'write {env: NAME} for a variable' },
  { more: { password: { secretName: 'b', key: '../c' } }, says: 'a key of a Secret' },
  { more: { user: '--help' }, says: 'not beginning with a hyphen' },
];
const engines: readonly Engine[] = ['postgres', 'mysql', 'redis', 'dataChecksum'];

describe.each(engines)('%s in a plan', (type) => {
  it('is accepted as it is', () => {
    expect(parse(type, {}).success).toBe(true);
  });

  it.each(inAll)('is refused with $more', ({ more, says }) => {
    const parsed = parse(type, more);

    expect(parsed.success).toBe(false);
    expect(parsed.error?.message).toContain(says);
  });
});

const sql: readonly Engine[] = ['postgres', 'mysql'];

describe.each(sql)('%s in a plan, its data', (type) => {
  it.each([
    { more: { role: 'leader' }, says: 'primary' },
    { more: { database: 'dbname=x host=evil' }, says: 'a name is 1 to 63' },
    { more: { data: {} }, says: 'write one of table' },
    { more: { data: { table: 'a', query: 'select 1', expect: { atLeast: 1 } } }, says: 'write one of table' },
    { more: { data: { query: 'select 1' } }, says: 'a query needs expect' },
    { more: { data: { query: 'select 1', expect: {} } }, says: 'a query needs expect' },
    { more: { data: { table: 'a; drop table b' } }, says: 'a table is written as orders or public.orders' },
    { more: { data: { table: 'a.b.c' } }, says: 'a table is written as orders or public.orders' },
    { more: { data: { table: 'a"b' } }, says: 'a table is written as orders or public.orders' },
    { more: { data: { table: 'a', expect: { atLeast: 5, atMost: 1 } } }, says: 'no number fits between them' },
  ])('is refused with $more', ({ more, says }) => {
    const parsed = parse(type, more);

    expect(parsed.success).toBe(false);
    expect(parsed.error?.message).toContain(says);
  });

  it.each([
    { data: undefined, asserts: false },
    { data: { table: 'a' }, asserts: true },
    { data: { table: 'a', expect: { atLeast: 0 } }, asserts: false },
    { data: { table: 'a', expect: { atMost: 9 } }, asserts: false },
    { data: { query: 'select 1', expect: { atLeast: 1 } }, asserts: true },
    { data: { query: 'select 1', expect: { equals: '0' } }, asserts: false },
  ])('asserts data with $data: $asserts', ({ data, asserts }) => {
    const check = checks[type];
    const spec = check.spec.parse({ ...good[type], data });

    expect(check.expectsData?.(spec as never)).toBe(asserts);
  });
});

describe('redis in a plan, its data', () => {
  it.each([
    { more: { data: {} }, says: 'write count, keys or both' },
    { more: { data: { count: {} } }, says: 'found no bound' },
    { more: { data: { count: { atLeast: 5, atMost: 1 } } }, says: 'no number fits between them' },
    { more: { data: { keys: [] } }, says: '' },
    { more: { database: 'shop' }, says: '' },
  ])('is refused with $more', ({ more, says }) => {
    const parsed = parse('redis', more);

    expect(parsed.success).toBe(false);
    expect(parsed.error?.message).toContain(says);
  });

  it.each([
    { data: undefined, asserts: false },
    { data: { count: { atLeast: 0 } }, asserts: false },
    { data: { count: { equals: 0 } }, asserts: false },
    { data: { count: { atMost: 5 } }, asserts: false },
    { data: { count: { atLeast: 1 } }, asserts: true },
    { data: { count: { equals: 5 } }, asserts: true },
    { data: { keys: ['a'] }, asserts: true },
  ])('asserts data with $data: $asserts', ({ data, asserts }) => {
    expect(checks.redis.expectsData?.(checks.redis.spec.parse({ pod: 'db-0', data }))).toBe(asserts);
  });
});

describe('dataChecksum in a plan, what was recorded', () => {
  const manifest = { configMap: 'sums', key: 'lines' };

  it.each([
    {
      more: { expect: undefined },
      says: 'write expect, with at least one count above 0, or manifest together with names',
    },
    { more: { expect: {} }, says: 'write expect' },
    { more: { expect: { orders: { ...sum, count: 0 } } }, says: 'with at least one count above 0' },
    { more: { manifest, names: ['orders'] }, says: 'write expect' },
    { more: { expect: undefined, manifest }, says: 'write expect' },
    { more: { expect: undefined, names: ['orders'] }, says: 'write expect' },
    { more: { expect: { orders: { count: 1, checksum: 'abc' } } }, says: 'as `rekindle record` prints it' },
    { more: { expect: { 'a"b': sum } }, says: 'found a name that is no table' },
    { more: { engine: 'redis', expect: { 'a\nb': sum } }, says: '' },
    { more: { engine: 'oracle' }, says: '' },
    { more: { database: 3 }, says: 'one of redis a number' },
    { more: { engine: 'redis', database: 'shop' }, says: 'one of redis a number' },
    { more: { socket: '/tmp/my.sock' }, says: 'socket and defaultsFile are for mysql' },
    { more: { engine: 'mysql', socket: 'my.sock' }, says: 'an absolute path' },
  ])('is refused with $more', ({ more, says }) => {
    const parsed = parse('dataChecksum', more);

    expect(parsed.success).toBe(false);
    expect(parsed.error?.message).toContain(says);
  });

  it.each([
    { expect: undefined, manifest, names: ['public.orders'] },
    { engine: 'redis', database: 2, expect: { 'session:*': { count: 1, checksum: 'b'.repeat(40) } } },
    { engine: 'mysql', database: 'shop', socket: '/tmp/my.sock' },
  ])('is accepted with %o, and always asserts data', (more) => {
    const parsed = parse('dataChecksum', more);

    expect(parsed.error?.message).toBeUndefined();
    expect(checks.dataChecksum.expectsData?.(parsed.data as never)).toBe(true);
  });
});
