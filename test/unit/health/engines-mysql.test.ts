import { describe, expect, it } from 'vitest';
import { mysql } from '../../../src/health/checks/mysql.ts';
import { judgeMysqlRole } from '../../../src/health/engines/mysql-role.ts';
import { judgeSilence, mysqlFault } from '../../../src/health/engines/mysql.ts';
import { KubeError } from '../../../src/kube/error.ts';
import { fakeEngine, type Act } from '../../support/fake-engine.ts';
import { contextOf } from './check-kube.ts';

const spec = (more: object) => mysql.spec.parse({ pod: 'orders-db-1', ...more });
const variable = (name: string, value: string): string =>
  `*** 1. row ***\nVariable_name: ${name}\n        Value: ${value}\n`;
const primary = variable('read_only', 'OFF');
const error = (number: number, state: string): Act => ({
  exitCode: 1,
  stderr: `ERROR ${number} (${state}) at line 1: geheim\n`,
});

describe('a server that does not answer ping', () => {
  const start = '2026-11-21 8:21:38 0 [Note] Starting MariaDB 10.11.19 as process 764\n';
  const mysql8 = '2026-11-21T08:00:00Z 1 [System] [MY-013576] [InnoDB] InnoDB initialization has started.\n';

  it.each([
    { log: '', reason: 'NotListening' },
    { log: start, reason: 'NotListening' },
    { log: `${start}0 [Note] InnoDB: Starting crash recovery from checkpoint LSN=78924090\n`, reason: 'CrashRecovery' },
    { log: `${start}0 [Note] InnoDB: To recover: 3427 pages\n`, reason: 'CrashRecovery' },
    {
      log: `${start}InnoDB: Starting crash recovery\nmariadbd: ready for connections.\n${start}`,
      reason: 'NotListening',
    },
    { log: `mariadbd: ready for connections.\n${start}InnoDB: Starting crash recovery\n`, reason: 'CrashRecovery' },
    { log: mysql8, reason: 'CrashRecovery' },
    { log: `${mysql8}[System] [MY-013577] [InnoDB] InnoDB initialization has ended.\n`, reason: 'NotListening' },
  ])('is $reason by its log: $log', ({ log, reason }) => {
    expect(judgeSilence({ stderr: "Can't connect to local server" }, log)).toMatchObject({
      verdict: 'Progressing',
      reason,
    });
  });
});

describe('a client that fails', () => {
  it.each([
    { number: 1045, state: '28000', reason: 'WrongPassword', verdict: 'Degraded' },
    { number: 1698, state: '28000', reason: 'WrongPassword', verdict: 'Degraded' },
    { number: 1130, state: 'HY000', reason: 'LoginRefused', verdict: 'Degraded' },
    { number: 1049, state: '42000', reason: 'EmptyDatabase', verdict: 'Degraded' },
    { number: 1146, state: '42S02', reason: 'EmptyDatabase', verdict: 'Degraded' },
    { number: 1046, state: '3D000', reason: 'NoDatabase', verdict: 'Degraded' },
    { number: 1142, state: '42000', reason: 'PermissionDenied', verdict: 'Degraded' },
    { number: 1792, state: '25006', reason: 'QueryWrites', verdict: 'Degraded' },
    { number: 1969, state: '70100', reason: 'QueryTooSlow', verdict: 'Progressing' },
    { number: 3024, state: 'HY000', reason: 'QueryTooSlow', verdict: 'Progressing' },
    { number: 1040, state: '08004', reason: 'TooManyConnections', verdict: 'Progressing' },
    { number: 2002, state: 'HY000', reason: 'NotListening', verdict: 'Progressing' },
    { number: 1064, state: '42000', reason: 'QueryFailed', verdict: 'Degraded' },
  ])('with $number is $reason', ({ number, state, reason, verdict }) => {
    const result = { exitCode: 1, stdout: '', cut: false, stderr: `ERROR ${number} (${state}): geheim` };
    const seen = mysqlFault(result, { database: 'shop' }, 'table books');

    expect(seen).toMatchObject({ verdict, reason });
    expect(seen.message).not.toContain('geheim');
  });

  it('without a number is told by its exit code', () => {
    const result = { exitCode: 7, stdout: '', stderr: 'geheim', cut: false };

    expect(mysqlFault(result, {}, 'table a')).toMatchObject({
      reason: 'ClientFailed',
      message: 'the client could not ask the server: it ended with 7',
    });
  });
});

describe('the role of a MySQL', () => {
  const running = { io: 'Yes', sql: 'Yes', ioErrno: 0, sqlErrno: 0, byGtid: true };
  const judge = (wanted: 'primary' | 'replica', isReadOnly: boolean, replication: object | 'unknown' | undefined) =>
    judgeMysqlRole(wanted, {
      isReadOnly,
      replication: typeof replication === 'object' ? { ...running, ...replication } : replication,
    });

  it.each([
    { wanted: 'primary' as const, isReadOnly: false, replication: undefined, reason: 'IsPrimary', verdict: 'Healthy' },
    { wanted: 'primary' as const, isReadOnly: true, replication: undefined, reason: 'ReadOnly', verdict: 'Degraded' },
    { wanted: 'primary' as const, isReadOnly: false, replication: {}, reason: 'IsReplica', verdict: 'Degraded' },
    {
      wanted: 'primary' as const,
      isReadOnly: true,
      replication: { io: 'No', sql: 'No' },
      reason: 'IsReplica',
      verdict: 'Degraded',
    },
    {
      wanted: 'primary' as const,
      isReadOnly: true,
      replication: 'unknown' as const,
      reason: 'ReadOnly',
      verdict: 'Degraded',
    },
    { wanted: 'replica' as const, isReadOnly: true, replication: {}, reason: 'IsReplica', verdict: 'Healthy' },
    { wanted: 'replica' as const, isReadOnly: true, replication: undefined, reason: 'IsPrimary', verdict: 'Degraded' },
    {
      wanted: 'replica' as const,
      isReadOnly: true,
      replication: 'unknown' as const,
      reason: 'PermissionDenied',
      verdict: 'Degraded',
    },
    {
      wanted: 'replica' as const,
      isReadOnly: true,
      replication: { io: 'No', ioErrno: 1236 },
      reason: 'StaleBinlogPosition',
      verdict: 'Degraded',
    },
    {
      wanted: 'replica' as const,
      isReadOnly: true,
      replication: { io: 'No', ioErrno: 13114 },
      reason: 'StaleBinlogPosition',
      verdict: 'Degraded',
    },
    {
      wanted: 'replica' as const,
      isReadOnly: true,
      replication: { sql: 'No', sqlErrno: 1062 },
      reason: 'ReplicaStopped',
      verdict: 'Degraded',
    },
    {
      wanted: 'replica' as const,
      isReadOnly: true,
      replication: { io: 'Connecting', ioErrno: 2003 },
      reason: 'NotConnected',
      verdict: 'Progressing',
    },
  ])('wanted as $wanted, read-only $isReadOnly, replication $replication: $reason', (each) => {
    const { wanted, isReadOnly, replication, verdict, reason } = each;

    expect(judge(wanted, isReadOnly, replication)).toMatchObject({ verdict, reason });
  });

  it('is passed with a note where something is not as it should be', () => {
    expect(judge('replica', true, {}).note).toBeUndefined();
    expect(judge('replica', false, {}).note).toContain('read_only is off');
    expect(judge('replica', true, { byGtid: false }).note).toContain('binlog position is that of the backup');
    expect(judge('primary', false, 'unknown').note).toContain('read_only alone');
  });
});

describe('the ladder of mysql', () => {
  it('asks each rung once, tables in backticks, in a session that cannot write and ends by itself', async () => {
    const { kube, lines } = fakeEngine({ ping: '', 'show replica status': primary, 'select count(*)': '7\n' });
    const more = { defaultsFile: '/etc/my.cnf', database: 'shop', data: { table: 'crm.Books' } };

    const seen = await mysql.observe({ ...contextOf(kube), attemptTimeoutMs: 9000 }, spec(more));

    expect(seen.message).toBe('pod ready, accepts connections, role primary, data: table crm.Books has 7 rows');
    expect(lines()).toHaveLength(3);
    expect(lines()[0]).toBe('mariadb-admin --defaults-file=/etc/my.cnf --user=root --connect-timeout=5 ping');
    expect(lines()[2]).toContain('max_statement_time = 9 ');
    expect(lines()[2]).toContain('max_execution_time = 9000 ');
    expect(lines()[2]).toContain('set session transaction read only;\nselect count(*) from `crm`.`Books`');
  });

  it('takes the programs of MySQL where those of MariaDB are not there, and its older words for a replica', async () => {
    const { kube, lines } = fakeEngine({
      'mariadb-admin': 'absent',
      'mysqladmin --': '',
      'mariadb --': 'absent',
      'show replica status': error(1064, '42000'),
      'show slave status': `${primary}*** 1. row ***\n  Slave_IO_Running: Yes\n  Slave_SQL_Running: Yes\n Auto_Position: 1\n Last_IO_Errno: 0\n`,
    });

    expect(await mysql.observe(contextOf(kube), spec({ role: 'replica' }))).toMatchObject({
      verdict: 'Healthy',
      message: expect.stringContaining('role replica: it is a replica; note: read_only is off'),
    });
    expect(lines().at(-1)).toMatch(/^mysql /);
  });

  it('names both programs when neither is there', async () => {
    const { kube } = fakeEngine({ mariadb: 'absent', mysql: 'absent' });

    expect(await mysql.observe(contextOf(kube), spec({}))).toMatchObject({
      verdict: 'Degraded',
      message: expect.stringContaining('there is no program mariadb-admin nor mysqladmin'),
    });
  });

  it('reads the log of its container to tell recovery from silence, and does without where it may not', async () => {
    const silent = { ping: { exitCode: 1, stderr: "Can't connect to local server (111)" } };
    const { kube } = fakeEngine(silent, { logs: 'InnoDB: Starting crash recovery' });
    const forbidden = {
      ...fakeEngine(silent).kube,
      logs: () => Promise.reject(new KubeError('no', { code: 403, reason: 'Forbidden' })),
    };

    expect((await mysql.observe(contextOf(kube), spec({}))).reason).toBe('CrashRecovery');
    expect((await mysql.observe(contextOf(forbidden), spec({}))).reason).toBe('NotListening');
  });

  it('judges by read_only alone where the user may not ask for replication', async () => {
    const act = { ...(error(1227, '42000') as object), stdout: primary };
    const { kube } = fakeEngine({ ping: '', 'show replica status': act });

    expect(await mysql.observe(contextOf(kube), spec({}))).toMatchObject({
      verdict: 'Healthy',
      message: expect.stringContaining('read_only alone says that it is the primary'),
    });
  });
});
