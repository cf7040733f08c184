import { z } from 'zod';
import type { Verdict } from '../../model/verdict.ts';
import type { CheckContext, HealthCheck } from '../check.ts';
import { engineNeeds } from '../check-needs.ts';
import { limitOf } from '../check-errors.ts';
import { engineOf, nameOnePlace, namesOnePlace, placeKeys, Role } from '../engines/engine.ts';
import { askRole, judgeMysqlRole, mysqlByRole } from '../engines/mysql-role.ts';
import { mysqlFault, mysqlRun, mysqlSession } from '../engines/mysql.ts';
import { assertsRows, ContainerFile, Data, Host, judgeData, SqlName, sqlOf } from '../engines/sql-data.ts';
import { climb, type Rung } from '../ladder.ts';

const Mysql = z
  .strictObject({
    ...placeKeys,
    host: Host.optional().describe("Default: the server's socket in the container."),
    port: z.int().min(1).max(65_535).optional().describe('Default 3306.'),
    socket: ContainerFile.optional().describe("Default: the client's own."),
    defaultsFile: ContainerFile.optional().describe(
      'An option file in the container for the client, as `/etc/mysql/backup.cnf`.',
    ),
    user: SqlName.optional().describe('Default `root`.'),
    database: SqlName.optional().describe('Where tables without a database are looked for.'),
    role: Role,
    data: Data.optional().describe('What must be in the database.'),
  })
  .refine(namesOnePlace, { error: nameOnePlace })
  .describe(
    'A MySQL or MariaDB server is the right one: resources exist, pod ready, accepts connections (mysqladmin ping), in ' +
      'the right role, with its data. Each is asked only when the one before holds.',
  );
type Mysql = z.infer<typeof Mysql>;

function look(ctx: CheckContext, spec: Mysql): Promise<Verdict> {
  const role = spec.role ?? 'primary';
  const engine = engineOf(ctx, spec, mysqlByRole(spec), role);
  const isInRole: Rung = {
    name: `role ${role}`,
    look: async () => {
      const seen = await askRole(engine.ask, spec);
      return 'verdict' in seen ? seen.verdict : judgeMysqlRole(role, seen);
    },
  };
  const { data } = spec;
  if (data === undefined) return climb([...engine.rungs, isInRole]);
  const hasData: Rung = {
    name: 'data',
    look: async () => {
      const ran = await mysqlRun(engine.ask, spec, [...mysqlSession(limitOf(ctx)), sqlOf(data, '`')]);
      if ('verdict' in ran) return ran.verdict;
      const what = data.table === undefined ? 'a table of the query' : `table ${data.table}`;
      if (ran.result.exitCode !== 0) return mysqlFault(ran.result, spec, what);
      return judgeData(data, ran.result, spec.database === undefined ? 'the server' : `database ${spec.database}`);
    },
  };
  return climb([...engine.rungs, isInRole, hasData]);
}

/** Check `mysql`: a MySQL or MariaDB server with its data, in its role. */
export const mysql: HealthCheck<Mysql> = {
  type: 'mysql',
  spec: Mysql,
  expectsData: ({ data }) => assertsRows(data),
  needs: engineNeeds,
  observe: look,
};
