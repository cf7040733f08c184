import { degraded, healthy, type Verdict } from '../../model/verdict.ts';
import type { Ran } from '../check-exec.ts';
import { quoteTable } from './sql-data.ts';

/** What a table or a group of keys held: SHA-256 in hex, for Redis, whose scripts have no other, SHA-1. */
export interface Sum {
  readonly count: number;
  readonly checksum: string;
}

/**
 * The SQL checksums add up the rows' own SHA-256, in four words of 64 bits, and hash the sums. So they depend on no order,
 * need no primary key, sort nothing and hold no more than one row in memory; one changed, lost or doubled row changes them.
 */
const words = [1, 17, 33, 49];

/** Text of values as no setting of the server changes it. */
export const postgresSumSession: readonly string[] = [
  "set timezone = 'UTC'",
  "set datestyle = 'ISO, YMD'",
  "set intervalstyle = 'postgres'",
  "set bytea_output = 'hex'",
  'set extra_float_digits = 3',
  "set lc_monetary = 'C'",
];

/**
 * Count and checksum of a table of PostgreSQL 11 or newer, in one line. `(t.*)` is the whole row whatever its columns are
 * called; a bare `t` is a column of that name where the table has one (src/backend/parser/parse_expr.c, transformColumnRef).
 */
export function postgresSum(table: string): string {
  const sums = words.map((from) => `sum(('x' || substr(h, ${from}, 16))::bit(64)::bigint)`).join(', ');
  return (
    `select count(*) || ' ' || encode(sha256(convert_to(concat_ws(',', ${sums}), 'UTF8')), 'hex') ` +
    `from (select encode(sha256(convert_to((t.*)::text, 'UTF8')), 'hex') as h from ${quoteTable(table, '"')} t) rows`
  );
}

/** Types of bytes that are no text: converted to it, bytes that are none would be lost, and a change of them unseen. */
const bytesTypes = [
  ...['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob', 'bit', 'vector', 'geometry', 'point'],
  ...['linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon', 'geometrycollection', 'geomcollection'],
];

/** The same for MySQL and MariaDB: their rows have no text form of their own, so it is put together from the columns. */
export function mysqlSum(table: string): readonly string[] {
  const [name = '', schema] = table.split('.').toReversed();
  const quoted = quoteTable(table, '`');
  const bytes = bytesTypes.map((type) => `'${type}'`).join(',');
  const value = `if(data_type in (${bytes}), concat('coalesce(hex(', name, '), ''NULL'')'), concat('quote(', name, ')'))`;
  const columns = `select ordinal_position, data_type, concat('\`', replace(column_name, '\`', '\`\`'), '\`') as name
    from information_schema.columns where table_schema = ${schema === undefined ? 'database()' : `'${schema}'`} and table_name = '${name}'`;
  const sums = words.map((from) => `sum(cast(conv(substr(h, ${from}, 16), 16, 10) as unsigned))`).join(', ');
  return [
    'set names utf8mb4',
    "set session time_zone = '+00:00', group_concat_max_len = 1000000",
    // Says by its error that the table is not there; the catalogue would only have no columns for it.
    `select 1 from ${quoted} limit 0`,
    `set @row = (select group_concat(concat('convert(', ${value}, ' using utf8mb4)') order by ordinal_position separator ', ') from (${columns}) c)`,
    `set @sum = concat('select concat(count(*), '' '', sha2(concat_ws('','', ${sums}), 256)) from (select sha2(concat_ws('','', ', @row, '), 256) as h from ${quoted}) t')`,
    'prepare sum from @sum',
    'execute sum',
  ];
}

/**
 * The same for keys of Redis by their pattern, as a script, which nothing changes meanwhile: names, types and values in
 * the order of the names; of what has no order of its own, sorted. Times to live are left out, they differ each second.
 */
export const redisSum = `if redis.call('DBSIZE') > 1000000 then return redis.error_reply('ERR more than 1000000 keys') end
local keys = redis.call('KEYS', ARGV[1])
table.sort(keys)
local sum = redis.sha1hex('')
local function add(text) sum = redis.sha1hex(sum .. #text .. ':' .. text) end
local function addAll(list)
  for _, each in ipairs(list) do if type(each) == 'table' then addAll(each) else add(each) end end
end
for _, key in ipairs(keys) do
  local kind = redis.call('TYPE', key).ok
  add(key)
  add(kind)
  if kind == 'string' then add(redis.call('GET', key)) end
  if kind == 'list' then addAll(redis.call('LRANGE', key, 0, -1)) end
  if kind == 'zset' then addAll(redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')) end
  if kind == 'stream' then addAll(redis.call('XRANGE', key, '-', '+')) end
  if kind == 'set' then
    local members = redis.call('SMEMBERS', key)
    table.sort(members)
    addAll(members)
  end
  if kind == 'hash' then
    local fields = redis.call('HKEYS', key)
    table.sort(fields)
    for _, field in ipairs(fields) do addAll({field, redis.call('HGET', key, field)}) end
  end
end
return #keys .. ' ' .. sum`;

/** Reads what the three answer: `<count> <checksum>`, and nothing else. */
export function readSum(answer: string): Sum | undefined {
  const [, count, checksum] = /^\s*(\d{1,15}) ([0-9a-f]{40}|[0-9a-f]{64})\s*$/.exec(answer) ?? [];
  return count === undefined || checksum === undefined ? undefined : { count: Number(count), checksum };
}

/** One line of a manifest, as `record` prints it. */
export function sumLine(name: string, { count, checksum }: Sum): string {
  return `${count} ${checksum} ${name}`;
}

/** A manifest's sums by name, or the number of the first line that is none. Empty lines and those that begin with # are passed over. */
export function readManifest(text: string): ReadonlyMap<string, Sum> | { readonly badLine: number } {
  const sums = new Map<string, Sum>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, sumText = '', name] = /^(\d+ [0-9a-f]+) (.*\S)\s*$/.exec(line) ?? [];
    const sum = readSum(sumText);
    if (sum === undefined || name === undefined) return { badLine: index + 1 };
    sums.set(name, sum);
  }
  return sums;
}

/** What was found, beside what was recorded. */
export interface Comparison {
  readonly name: string;
  readonly expected: Sum;
  readonly found: Sum;
}

/** Judges all of them; pure. `unit` is `rows` or `keys`. The first that differs is told with both counts. */
export function judgeSums(compared: readonly Comparison[], unit: 'rows' | 'keys'): Verdict {
  const others = compared.filter(
    ({ expected, found }) => expected.count !== found.count || expected.checksum !== found.checksum,
  );
  const [first] = others;
  if (first === undefined) {
    const count = compared.reduce((sum, { found }) => sum + found.count, 0);
    if (count === 0) return degraded('NothingRecorded', `only 0 ${unit} were recorded; that says nothing about data`);
    return healthy('ChecksumsEqual', `${compared.map(({ name }) => name).join(', ')}: ${count} ${unit} as recorded`);
  }
  const { name, expected, found } = first;
  const more = others.length === 1 ? '' : `; ${others.length - 1} more differ`;
  const text =
    expected.count === found.count
      ? `${name} has ${found.count} ${unit} as recorded, but not the same: checksum ${short(found)} where ${short(expected)} was recorded`
      : `${name} has ${found.count} ${unit} where ${expected.count} were recorded (checksum ${short(found)}, recorded ${short(expected)})`;
  return degraded(
    'ChecksumDiffers',
    `${text}${more}; the backup is not of that time, or data was lost or changed since`,
  );
}

function short({ checksum }: Sum): string {
  return `${checksum.slice(0, 12)}…`;
}

/** The sum that a command printed, or why there is none. `fault` explains a client that failed. */
export function sumOf(
  ran: Ran,
  name: string,
  fault: (result: Extract<Ran, { result: unknown }>['result']) => Verdict,
): Sum | { readonly verdict: Verdict } {
  if ('verdict' in ran) return ran;
  if (ran.result.exitCode !== 0) return { verdict: fault(ran.result) };
  return readSum(ran.result.stdout) ?? unreadable(name);
}

/** An answer that is not `<count> <checksum>`. */
export function unreadable(name: string): { readonly verdict: Verdict } {
  return { verdict: degraded('Unexpected', `the checksum of ${name} came in an unknown form`) };
}
