import { z } from 'zod';
import type { Verdict } from '../../model/verdict.ts';
import type { CheckContext, HealthCheck } from '../check.ts';
import { engineNeeds } from '../check-needs.ts';
import { limitOf } from '../check-errors.ts';
import { engineOf, nameOnePlace, namesOnePlace, placeKeys, Role } from '../engines/engine.ts';
import { judgeRole, postgresKind, postgresSession, psql, psqlFault, roleQuestions } from '../engines/postgres.ts';
import { assertsRows, Data, Host, judgeData, SqlName, sqlOf } from '../engines/sql-data.ts';
import { climb, type Rung } from '../ladder.ts';

const Postgres = z
  .strictObject({
    ...placeKeys,
    host: Host.optional().describe("Default: the server's socket in the container."),
    port: z.int().min(1).max(65_535).optional().describe('Default 5432.'),
    user: SqlName.optional().describe('Default `postgres`.'),
    database: SqlName.optional().describe('Default `postgres`.'),
    role: Role,
    replicationSlots: z
      .enum(['noted', 'refused'])
      .optional()
      .describe('Slots without a reader that hold WAL: `noted` in the message (default), or `refused`.'),
    data: Data.optional().describe('What must be in the database.'),
  })
  .refine(namesOnePlace, { error: nameOnePlace })
  .describe(
    'A PostgreSQL server is the right one: resources exist, pod ready, accepts connections (pg_isready), in the right ' +
      'role, with its data. Each is asked only when the one before holds. Alone or under CloudNativePG.',
  );
type Postgres = z.infer<typeof Postgres>;

function look(ctx: CheckContext, spec: Postgres): Promise<Verdict> {
  const role = spec.role ?? 'primary';
  const engine = engineOf(ctx, spec, postgresKind(spec), role);
  const isInRole: Rung = {
    name: `role ${role}`,
    look: async () => {
      const ran = await engine.ask(psql(spec, roleQuestions));
      if ('verdict' in ran) return ran.verdict;
      return ran.result.exitCode === 0 ? judgeRole(spec, ran.result.stdout) : psqlFault(ran.result, spec, 'its role');
    },
  };
  const { data } = spec;
  if (data === undefined) return climb([...engine.rungs, isInRole]);
  const hasData: Rung = {
    name: 'data',
    look: async () => {
      const ran = await engine.ask(psql(spec, [...postgresSession(limitOf(ctx)), sqlOf(data, '"')]));
      if ('verdict' in ran) return ran.verdict;
      const what = data.table === undefined ? 'a table of the query' : `table ${data.table}`;
      if (ran.result.exitCode !== 0) return psqlFault(ran.result, spec, what);
      return judgeData(data, ran.result, `database ${spec.database ?? 'postgres'}`);
    },
  };
  return climb([...engine.rungs, isInRole, hasData]);
}

/** Check `postgres`: a PostgreSQL server with its data, in its role. */
export const postgres: HealthCheck<Postgres> = {
  type: 'postgres',
  spec: Postgres,
  expectsData: ({ data }) => assertsRows(data),
  needs: engineNeeds,
  observe: look,
};
