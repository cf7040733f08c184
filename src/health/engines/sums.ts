import type { CheckContext } from '../check.ts';
import { limitOf } from '../check-errors.ts';
import type { Verdict } from '../../model/verdict.ts';
import {
  mysqlSum,
  postgresSum,
  postgresSumSession,
  redisSum,
  readSum,
  sumOf,
  unreadable,
  type Sum,
} from './checksum.ts';
import { engineOf, type Engine, type PlaceSpec } from './engine.ts';
import { mysqlByRole } from './mysql-role.ts';
import { mysqlFault, mysqlRun, mysqlSession } from './mysql.ts';
import { postgresKind, postgresSession, psql, psqlFault } from './postgres.ts';
import { redisAsk, redisKind } from './redis.ts';

/** The engines whose data can be summed up. */
export const summedEngines = ['postgres', 'mysql', 'redis'] as const;

/** Where tables or keys are. */
export interface SummedSpec extends PlaceSpec {
  readonly engine: (typeof summedEngines)[number];
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly socket?: string | undefined;
  readonly defaultsFile?: string | undefined;
  readonly user?: string | undefined;
  /** A name; for Redis a number. */
  readonly database?: string | number | undefined;
}

/** An engine and the way to sum up one of its tables, or the keys of one pattern. */
export interface SummedEngine {
  readonly engine: Engine;
  readonly unit: 'rows' | 'keys';
  sum(name: string): Promise<Sum | { readonly verdict: Verdict }>;
}

/** The engine that a spec names. */
export function summedEngine(ctx: CheckContext, spec: SummedSpec): SummedEngine {
  switch (spec.engine) {
    case 'postgres':
      return postgresSums(ctx, spec);
    case 'mysql':
      return mysqlSums(ctx, spec);
    case 'redis':
      return redisSums(ctx, spec);
  }
}

function postgresSums(ctx: CheckContext, spec: SummedSpec): SummedEngine {
  const login = { ...spec, database: textOf(spec.database) };
  const engine = engineOf(ctx, spec, postgresKind(login), 'primary');
  const sum = async (table: string): Promise<Sum | { readonly verdict: Verdict }> => {
    const statements = [...postgresSession(limitOf(ctx)), ...postgresSumSession, postgresSum(table)];
    const ran = await engine.ask(psql(login, statements));
    return sumOf(ran, table, (result) => psqlFault(result, login, `table ${table}`));
  };
  return { engine, unit: 'rows', sum };
}

function mysqlSums(ctx: CheckContext, spec: SummedSpec): SummedEngine {
  const login = { ...spec, database: textOf(spec.database) };
  const engine = engineOf(ctx, spec, mysqlByRole(login), 'primary');
  const sum = async (table: string): Promise<Sum | { readonly verdict: Verdict }> => {
    const ran = await mysqlRun(engine.ask, login, [...mysqlSession(limitOf(ctx)), ...mysqlSum(table)]);
    return sumOf(ran, table, (result) => mysqlFault(result, login, `table ${table}`));
  };
  return { engine, unit: 'rows', sum };
}

function redisSums(ctx: CheckContext, spec: SummedSpec): SummedEngine {
  const login = { ...spec, database: typeof spec.database === 'number' ? spec.database : undefined };
  const engine = engineOf(ctx, spec, redisKind(login), 'primary');
  const sum = async (pattern: string): Promise<Sum | { readonly verdict: Verdict }> => {
    const answer = await redisAsk(engine.ask, login, ['eval', redisSum, '0', pattern]);
    if ('verdict' in answer) return answer;
    return readSum(answer.text) ?? unreadable(pattern);
  };
  return { engine, unit: 'keys', sum };
}

function textOf(database: string | number | undefined): string | undefined {
  return database === undefined ? undefined : String(database);
}
