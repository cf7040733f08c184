import { degraded, healthy, progressing, type Verdict } from '../../model/verdict.ts';
import type { RungVerdict } from '../ladder.ts';
import type { EngineKind } from './engine.ts';
import { mysqlFault, mysqlKind, mysqlRun, type MysqlLogin } from './mysql.ts';
import type { Ask } from './password.ts';
import type { SaidRole } from './role.ts';

/** What a server says of its role. */
export interface MysqlRole {
  /** `read_only` or MySQL's `super_read_only`. */
  readonly isReadOnly: boolean;
  /** Its connection to a primary; undefined where it has none, `unknown` where the user may not ask. */
  readonly replication: Replication | 'unknown' | undefined;
}

export interface Replication {
  /** `Yes`, `No`, `Connecting`, `Preparing`. */
  readonly io: string;
  readonly sql: string;
  readonly ioErrno: number;
  readonly sqlErrno: number;
  /** It looks for its place by GTID, not by file and position. */
  readonly byGtid: boolean;
}

const readOnlyQuestion = "show global variables where variable_name in ('read_only', 'super_read_only')";

/** Asks for the role; SHOW SLAVE STATUS where the server is too old for REPLICA (MySQL before 8.0.22, MariaDB before 10.5.1). */
export async function askRole(ask: Ask, login: MysqlLogin): Promise<MysqlRole | { readonly verdict: Verdict }> {
  const server = { ...login, database: undefined };
  for (const word of ['replica', 'slave']) {
    const ran = await mysqlRun(ask, server, [readOnlyQuestion, `show ${word} status`], 'vertical');
    if ('verdict' in ran) return ran;
    const { exitCode, stdout, stderr } = ran.result;
    if (exitCode === 0) return { isReadOnly: readOnly(stdout), replication: replicationOf(stdout) };
    // 1227: needs REPLICATION CLIENT, in MariaDB REPLICA MONITOR.
    if (/^ERROR 1227 /m.test(stderr)) return { isReadOnly: readOnly(stdout), replication: 'unknown' };
    if (word === 'slave' || !/^ERROR 1064 /m.test(stderr))
      return { verdict: mysqlFault(ran.result, login, 'its role') };
  }
  throw new Error('the loop above ends by itself');
}

/** `mysqlKind` that also knows how its servers are asked which of them is the primary. */
export function mysqlByRole(login: MysqlLogin): EngineKind {
  return {
    ...mysqlKind(login),
    roles: {
      ask: (ask) => sayRole(ask, login),
      promotion: 'STOP REPLICA, RESET REPLICA ALL and SET GLOBAL read_only = 0',
    },
  };
}

/** Of Galera and of a group with many primaries every member takes writes, and all of them get them. */
const sharingQuestion =
  "show global variables where (variable_name = 'wsrep_on' and value = 'ON') or (variable_name = 'group_replication_single_primary_mode' and value = 'OFF')";

async function sayRole(ask: Ask, login: MysqlLogin): Promise<SaidRole | { readonly verdict: Verdict }> {
  const seen = await askRole(ask, login);
  if ('verdict' in seen) return seen;
  if (seen.isReadOnly || (seen.replication !== undefined && seen.replication !== 'unknown')) return { role: 'replica' };
  const ran = await mysqlRun(ask, { ...login, database: undefined }, [sharingQuestion]);
  return { role: 'primary', shares: 'result' in ran && ran.result.exitCode === 0 && ran.result.stdout.trim() !== '' };
}

function readOnly(stdout: string): boolean {
  return [...stdout.matchAll(/^\s*Value: (\w{1,20})$/gm)].some(([, value]) => value !== 'OFF');
}

/** Reads SHOW REPLICA STATUS\G in the words of either age. */
function replicationOf(stdout: string): Replication | undefined {
  const field = (...names: readonly string[]): string | undefined =>
    new RegExp(String.raw`^\s*(?:${names.join('|')}): ?(\w{0,40})`, 'm').exec(stdout)?.[1];
  const io = field('Slave_IO_Running', 'Replica_IO_Running');
  const sql = field('Slave_SQL_Running', 'Replica_SQL_Running');
  if (io === undefined || sql === undefined) return undefined;
  const gtid = field('Using_Gtid') ?? field('Auto_Position') ?? 'No';
  return {
    io,
    sql,
    ioErrno: Number(field('Last_IO_Errno') ?? 0),
    sqlErrno: Number(field('Last_SQL_Errno') ?? 0),
    byGtid: !['No', '0'].includes(gtid),
  };
}

const staleText = 'its binlog position is that of the backup';

/** Judges the role; pure. */
export function judgeMysqlRole(wanted: 'primary' | 'replica', role: MysqlRole): RungVerdict {
  return wanted === 'primary' ? judgePrimary(role) : judgeReplica(role);
}

function judgePrimary({ isReadOnly, replication }: MysqlRole): RungVerdict {
  if (replication !== undefined && replication !== 'unknown')
    return degraded(
      'IsReplica',
      `it is a replica where the plan wants the primary, and ${staleText}: do not let it reconnect, it would skip or repeat transactions; ${
        replication.io === 'Yes'
          ? 'a primary answers it, so do not promote it, but write the pod of that one'
          : 'if no other pod is the primary, promote it by STOP REPLICA, RESET REPLICA ALL and SET GLOBAL read_only = 0'
      }`,
    );
  if (isReadOnly)
    return degraded(
      'ReadOnly',
      'it is read-only (read_only or super_read_only is on) where the plan wants the primary: a replica restored as a primary takes no writes; if no other pod is the primary: SET GLOBAL read_only = 0',
    );
  const seen = healthy('IsPrimary', 'it is the primary');
  return replication === undefined
    ? seen
    : {
        ...seen,
        note: 'the user may not ask for the replica status (REPLICATION CLIENT, REPLICA MONITOR), so read_only alone says that it is the primary',
      };
}

function judgeReplica({ isReadOnly, replication }: MysqlRole): RungVerdict {
  if (replication === 'unknown')
    return degraded(
      'PermissionDenied',
      'the user may not ask for the replica status; grant REPLICATION CLIENT (MariaDB: REPLICA MONITOR)',
    );
  if (replication === undefined)
    return degraded(
      'IsPrimary',
      'it follows nobody (SHOW REPLICA STATUS is empty) where the plan wants a replica: what it has stays as restored, or it takes writes of its own',
    );
  const { io, sql, ioErrno, sqlErrno, byGtid } = replication;
  // ER_MASTER_FATAL_ERROR_READING_BINLOG and MySQL's ER_SERVER_SOURCE_FATAL_ERROR_READING_BINLOG
  if (ioErrno === 1236 || ioErrno === 13_114)
    return degraded(
      'StaleBinlogPosition',
      `its primary does not have its place in the binlog (error ${ioErrno}), since ${staleText}; rebuild it from the primary, or RESET REPLICA ALL and begin at the coordinates of the backup`,
    );
  if (sql !== 'Yes')
    return degraded(
      'ReplicaStopped',
      `its SQL thread does not run (error ${sqlErrno}); after a restore ${staleText}: rebuild it from the primary rather than start it`,
    );
  if (io !== 'Yes')
    return progressing(
      'NotConnected',
      `it does not reach its primary (error ${ioErrno}); if that was on the lost site, point it at the new one with new coordinates, since ${staleText}`,
    );
  const notes = [
    isReadOnly ? '' : 'read_only is off on a replica, so it takes writes of its own',
    byGtid ? '' : `it follows by file and position, and ${staleText}: rebuild it if it was restored`,
  ].filter((note) => note !== '');
  const seen = healthy('IsReplica', 'it is a replica');
  return notes.length === 0 ? seen : { ...seen, note: notes.join('; ') };
}
