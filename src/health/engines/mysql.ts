import { KubeError } from '../../kube/error.ts';
import type { ExecResult } from '../../kube/types.ts';
import { degraded, healthy, progressing, type Verdict } from '../../model/verdict.ts';
import type { Ran } from '../check-exec.ts';
import type { EngineKind } from './engine.ts';
import type { Ask } from './password.ts';
import { emptyDatabase } from './sql-data.ts';

/** How MySQL or MariaDB is connected to; without a host by its socket. */
export interface MysqlLogin {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly socket?: string | undefined;
  readonly defaultsFile?: string | undefined;
  readonly user?: string | undefined;
  readonly database?: string | undefined;
}

function connection(login: MysqlLogin): string[] {
  return [
    // Has to be the first argument.
    ...(login.defaultsFile === undefined ? [] : [`--defaults-file=${login.defaultsFile}`]),
    ...(login.host === undefined ? [] : [`--host=${login.host}`]),
    ...(login.port === undefined ? [] : [`--port=${login.port}`]),
    ...(login.socket === undefined ? [] : [`--socket=${login.socket}`]),
    `--user=${userOf(login)}`,
    '--connect-timeout=5',
  ];
}

function userOf(login: MysqlLogin): string {
  return login.user ?? 'root';
}

/** Images of MariaDB since 11 have no program called mysql, those of MySQL none called mariadb: the first that is there. */
async function firstThere(ask: Ask, programs: readonly string[], rest: readonly string[]): Promise<Ran> {
  let last: Ran | undefined;
  for (const program of programs) {
    const ran = await ask([program, ...rest]);
    if (!('verdict' in ran) || ran.verdict.reason !== 'CommandNotFound') return ran;
    last = ran;
  }
  if (last === undefined || !('verdict' in last)) throw new Error('no client was named');
  const { message } = last.verdict;
  return { verdict: degraded('CommandNotFound', message.replace(/program \S+/, `program ${programs.join(' nor ')}`)) };
}

/** Runs statements in the client; `--vertical` answers by name, else bare values. */
export function mysqlRun(
  ask: Ask,
  login: MysqlLogin,
  statements: readonly string[],
  format: 'vertical' | 'bare' = 'bare',
): Promise<Ran> {
  return firstThere(
    ask,
    ['mariadb', 'mysql'],
    [
      ...connection(login),
      ...(login.database === undefined ? [] : [`--database=${login.database}`]),
      ...(format === 'vertical' ? ['--vertical'] : ['--batch', '--raw', '--skip-column-names']),
      `--execute=${statements.join(';\n')}`,
    ],
  );
}

/**
 * A session that cannot write and that ends with its attempt. MariaDB and MySQL name the limit differently; each passes
 * over the other's comment (MariaDB ignores MySQL's of 50700 to 50999).
 */
export function mysqlSession(limitMs: number): readonly string[] {
  return [
    `/*M!100101 set session max_statement_time = ${limitMs / 1000} */`,
    `/*!50708 set session max_execution_time = ${limitMs} */`,
    'set session transaction read only',
  ];
}

/** How a MySQL of a spec is reached. */
export function mysqlKind(login: MysqlLogin): EngineKind {
  return {
    passwordVariable: 'MYSQL_PWD',
    health: async ({ ask, readLog }) => {
      const ran = await firstThere(ask, ['mariadb-admin', 'mysqladmin'], [...connection(login), 'ping']);
      if ('verdict' in ran) return ran.verdict;
      if (ran.result.exitCode === 0) return healthy('AcceptsConnections', 'the server is alive');
      return judgeSilence(ran.result, await logOrNothing(readLog));
    },
  };
}

/** Without the permission to read logs the sentence is a more general one. */
async function logOrNothing(readLog: () => Promise<string>): Promise<string> {
  try {
    return await readLog();
  } catch (error) {
    if (error instanceof KubeError) return '';
    throw error;
  }
}

// storage/innobase/log/log0recv.cc and srv/srv0start.cc of MariaDB and MySQL; MySQL 8 hides the notes of its recovery and
// says only when InnoDB begins and ends to start.
const recoveryWords =
  /InnoDB(?::|\]) (?:Starting crash recovery|Starting an apply batch|To recover|Rolling back|Doing recovery|Database was not shutdown normally|Read redo log up to|InnoDB initialization has started)/g;
const recoveryEnded = /ready for connections|InnoDB initialization has ended/g;

/** Why `ping` was not answered; pure. The log only decides between sentences. */
export function judgeSilence({ stderr }: Pick<ExecResult, 'stderr'>, log: string): Verdict {
  const known = loginFault(stderr);
  if (known !== undefined) return known;
  if (lastIndex(recoveryWords, log) > lastIndex(recoveryEnded, log))
    return progressing(
      'CrashRecovery',
      'InnoDB crash recovery is under way, as after every restore from a snapshot of a running server: ping fails until it is over; wait, and do not restart the pod, it would begin anew',
    );
  return progressing(
    'NotListening',
    'no server answers ping: it has not started yet, InnoDB still recovers, or it listens elsewhere; if it stays so, write socket, host or port, and look at its log',
  );
}

function lastIndex(words: RegExp, text: string): number {
  return [...text.matchAll(words)].at(-1)?.index ?? -1;
}

/** An error of the client by its number, as `ERROR 1146 (42S02)`; of admin programs it stands in brackets, `(111)`. */
function numberOf(stderr: string): number | undefined {
  const number = /^ERROR (\d{4,5}) \(/m.exec(stderr)?.[1];
  return number === undefined ? undefined : Number(number);
}

function loginFault(stderr: string): Verdict | undefined {
  if (/Could not open required defaults file/.test(stderr))
    return degraded('NoDefaultsFile', 'the defaultsFile of the plan is not in the container');
  return undefined;
}

/** What a failed client means; pure. Of what it printed only an error number is told (include/mysqld_error.h, errmsg.h). */
export function mysqlFault({ exitCode, stderr }: ExecResult, login: MysqlLogin, what: string): Verdict {
  const known = loginFault(stderr);
  if (known !== undefined) return known;
  const user = userOf(login);
  const where = login.database === undefined ? 'the server' : `database ${login.database}`;
  const number = numberOf(stderr);
  switch (number) {
    case 1045:
    case 1698:
      return degraded(
        'WrongPassword',
        `the server refuses ${user} or its password: accounts in the data have the passwords of the day of the backup, the Secret or variable may be newer`,
      );
    case 1130:
      return degraded(
        'LoginRefused',
        `the server lets nobody in from there as ${user}; leave host out for its socket, or write another user`,
      );
    case 1049:
      return emptyDatabase(`there is no ${where}`, 'the server');
    case 1146:
      return emptyDatabase(`${what} is not there`, where);
    case 1046:
      return degraded(
        'NoDatabase',
        `the plan names no database for ${what}; write database, or the table as database.table`,
      );
    case 1044:
    case 1142:
    case 1143:
    case 1227:
      return degraded('PermissionDenied', `user ${user} may not read ${what} in ${where}`);
    case 1792:
      return degraded('QueryWrites', 'the query writes, and a check only reads; write one that reads');
    case 1969:
    case 3024:
      return progressing('QueryTooSlow', "the query did not end within the attempt's time limit; raise attemptTimeout");
    case 1040:
      return progressing('TooManyConnections', 'the server has no connection left');
    case 2002:
    case 2003:
    case 2013:
      return judgeSilence({ stderr: '' }, '');
    case undefined:
      return degraded('ClientFailed', `the client could not ask ${where}: it ended with ${exitCode}`);
    default:
      return degraded('QueryFailed', `the server refuses to read ${what} in ${where} with error ${number}`);
  }
}
