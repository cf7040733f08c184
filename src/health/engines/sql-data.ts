import { z } from 'zod';
import type { ExecResult } from '../../kube/types.ts';
import { degraded, healthy, type Verdict } from '../../model/verdict.ts';
import {
  expectKeys,
  hasFittingBounds,
  judgeOutput,
  noNumberFits,
  refusesEmpty,
  type OutputExpectation,
} from '../check-expect.ts';

const identifier = String.raw`[A-Za-z_][A-Za-z0-9_$]{0,62}`;

/** A table, `orders` or `public.orders`; letters are kept as they are written. */
export const TableName = z.string().regex(new RegExp(String.raw`^${identifier}(?:\.${identifier})?$`), {
  error: 'a table is written as orders or public.orders, of letters, digits and underscores; for others write a query',
});

/** A name of a database or user, as an argument of a client: never an option nor a connection string. */
export const SqlName = z.string().regex(/^[A-Za-z0-9_][-A-Za-z0-9_.$@]{0,62}$/, {
  error: 'a name is 1 to 63 letters, digits and -_.$@, not beginning with a hyphen',
});

/** A host name, an address, or the folder of a socket. */
export const Host = z.string().regex(/^[A-Za-z0-9/_[][-A-Za-z0-9_./:\]]{0,252}$/, {
  error: 'a host is a name, an address, or for a socket an absolute path',
});

/** A file in the container. */
export const ContainerFile = z.string().regex(/^\/[^\0\r\n]{1,1000}$/, {
  error: 'a file of the container is written as an absolute path',
});

/** `orders` in quotes of the engine's own kind. */
export function quoteTable(table: string, quote: '"' | '`'): string {
  return table
    .split('.')
    .map((part) => `${quote}${part}${quote}`)
    .join('.');
}

const Expect = z.strictObject(expectKeys).refine(hasFittingBounds, { error: noNumberFits });

/** What must be in the database. */
export const Data = z
  .strictObject({
    table: TableName.optional().describe('Its rows are counted; `orders` or `public.orders`.'),
    query: z
      .string()
      .min(1)
      .max(8192)
      .optional()
      .describe('SQL of your own that answers one value. It runs in a read-only transaction.'),
    expect: Expect.optional().describe('What the count or the value must be. Default for a table: `{atLeast: 1}`.'),
  })
  .refine((data) => (data.table === undefined) !== (data.query === undefined), {
    error: 'write one of table, whose rows are counted, and query',
  })
  .refine((data) => data.query === undefined || Object.values(data.expect ?? {}).some((each) => each !== undefined), {
    error: 'a query needs expect: an empty table answers a query too; write for example expect: {atLeast: 1}',
  });
export type Data = z.infer<typeof Data>;

const oneRow: OutputExpectation = { atLeast: 1 };

/** Whether it refuses an empty database: see `refusesEmpty`. */
export function assertsRows(data: Data | undefined): boolean {
  return data !== undefined && refusesEmpty(data.expect ?? oneRow);
}

/** The SQL that is asked. */
export function sqlOf(data: Data, quote: '"' | '`'): string {
  return data.query ?? `select count(*) from ${quoteTable(data.table ?? '', quote)}`;
}

/** Judges the answer of `sqlOf`; pure. `where` names the database. Of a table's rows the count is told, of a query nothing. */
export function judgeData(data: Data, { stdout, cut }: ExecResult, where: string): Verdict {
  const seen = judgeOutput(data.expect ?? oneRow, stdout, cut);
  if (data.table === undefined) {
    if (seen.verdict === 'Healthy') return healthy('DataAsExpected', 'the query answers as expected');
    const isEmpty = ['', '0'].includes(stdout.trim());
    return isEmpty ? emptyDatabase(`the query answers ${stdout.trim() === '' ? 'nothing' : '0'}`, where) : seen;
  }
  const count = /^\s*(\d{1,18})\s*$/.exec(stdout)?.[1];
  if (count === undefined) return degraded('Unexpected', `the count of table ${data.table} is not one number`);
  if (seen.verdict === 'Healthy') return healthy('DataAsExpected', `table ${data.table} has ${count} rows`);
  if (count === '0') return emptyDatabase(`table ${data.table} has no row`, where);
  return degraded('OtherRows', `table ${data.table} has ${count} rows, ${wantedText(data)}`);
}

function wantedText({ expect = oneRow }: Data): string {
  const words = [
    expect.equals === undefined ? '' : `expected ${JSON.stringify(expect.equals.slice(0, 40))}`,
    expect.atLeast === undefined ? '' : `expected at least ${expect.atLeast}`,
    expect.atMost === undefined ? '' : `expected at most ${expect.atMost}`,
  ].filter((word) => word !== '');
  return words.length === 0 ? 'another count than expected' : words.join(', ');
}

/** The worst surprise of a restore: an engine that is well and has nothing in it. */
export function emptyDatabase(what: string, where: string): Verdict {
  const why =
    'a healthy but empty database: its volume was not the restored one, or an operator or init script made a new one';
  return degraded('EmptyDatabase', `${what} in ${where}: ${why}`);
}
