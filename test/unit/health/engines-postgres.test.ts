import { describe, expect, it } from 'vitest';
import { postgres } from '../../../src/health/checks/postgres.ts';
import { connectFault, judgeIsReady, judgeRole, psqlFault } from '../../../src/health/engines/postgres.ts';
import { fakeEngine } from '../../support/fake-engine.ts';
import { contextOf } from './check-kube.ts';

const spec = (more: object) => postgres.spec.parse({ pod: 'orders-db-1', ...more });
const fatal = (text: string): string =>
  `psql: error: connection to server on socket "/tmp/.s.PGSQL.5432" failed: FATAL:  ${text}\n`;
const failed = (stderr: string) => ({ exitCode: 2, stdout: '', stderr, cut: false });

describe('pg_isready', () => {
  it.each([
    { exitCode: 0, verdict: 'Healthy', reason: 'AcceptsConnections' },
    { exitCode: 1, verdict: 'Progressing', reason: 'RejectsConnections' },
    { exitCode: 2, verdict: 'Progressing', reason: 'NotListening' },
    { exitCode: 3, verdict: 'Degraded', reason: 'ExitCode' },
    { exitCode: 139, verdict: 'Degraded', reason: 'ExitCode' },
  ])('$exitCode is $reason', ({ exitCode, verdict, reason }) => {
    expect(judgeIsReady(exitCode)).toMatchObject({ verdict, reason });
  });
});

describe('why psql did not get in', () => {
  it.each([
    { text: 'the database system is starting up', reason: 'ReplayingWal', verdict: 'Progressing' },
    { text: 'the database system is in recovery mode', reason: 'ReplayingWal', verdict: 'Progressing' },
    {
      text: 'the database system is not yet accepting connections\nDETAIL:  Consistent recovery state has not been yet reached.',
      reason: 'ReplayingWal',
      verdict: 'Progressing',
      says: 'not yet consistent',
    },
    {
      text: 'the database system is not accepting connections\nDETAIL:  Hot standby mode is disabled.',
      reason: 'ReplayingWal',
      verdict: 'Progressing',
      says: 'hot_standby off',
    },
    { text: 'the database system is shutting down', reason: 'ShuttingDown', verdict: 'Progressing' },
    { text: 'password authentication failed for user "app"', reason: 'WrongPassword', verdict: 'Degraded' },
    { text: 'role "app" does not exist', reason: 'NoSuchRole', verdict: 'Degraded' },
    { text: 'database "shop" does not exist', reason: 'EmptyDatabase', verdict: 'Degraded' },
    {
      text: 'no pg_hba.conf entry for host "10.0.0.1", user "app", database "shop", no encryption',
      reason: 'LoginRefused',
      verdict: 'Degraded',
    },
    { text: 'Peer authentication failed for user "app"', reason: 'LoginRefused', verdict: 'Degraded' },
    { text: 'sorry, too many clients already', reason: 'TooManyConnections', verdict: 'Progressing' },
  ])('$text is $reason', ({ text, reason, verdict, says = '' }) => {
    const seen = connectFault(fatal(text), { user: 'app', database: 'shop' });

    expect(seen).toMatchObject({ verdict, reason, message: expect.stringContaining(says) });
  });

  it.each([
    { stderr: 'fe_sendauth: no password supplied', reason: 'WrongPassword' },
    { stderr: 'connection to server at "db" (10.0.0.9), port 5432 failed: Connection refused', reason: 'NotListening' },
    { stderr: 'could not translate host name "db" to address', reason: 'NotListening' },
  ])('$stderr is $reason', ({ stderr, reason }) => {
    expect(connectFault(`psql: error: ${stderr}`, {})?.reason).toBe(reason);
  });

  it('knows nothing of other words, as of a server that speaks another language', () => {
    expect(connectFault(fatal('das Datenbanksystem startet'), {})).toBeUndefined();
    expect(psqlFault(failed(fatal('das Datenbanksystem startet')), {}, 'table a')).toMatchObject({
      verdict: 'Degraded',
      reason: 'PsqlFailed',
    });
  });
});

describe('a statement that PostgreSQL refuses', () => {
  it.each([
    { state: '42P01', reason: 'EmptyDatabase', verdict: 'Degraded' },
    { state: '3F000', reason: 'EmptyDatabase', verdict: 'Degraded' },
    { state: '42501', reason: 'PermissionDenied', verdict: 'Degraded' },
    { state: '25006', reason: 'QueryWrites', verdict: 'Degraded' },
    { state: '57014', reason: 'QueryTooSlow', verdict: 'Progressing' },
    { state: '42601', reason: 'QueryFailed', verdict: 'Degraded' },
  ])('$state is $reason, in whatever language', ({ state, reason, verdict }) => {
    const seen = psqlFault(failed(`FEHLER und ERROR:  ${state}: geheim »orders«\nLOCATION: x`), {}, 'table orders');

    expect(seen).toMatchObject({ verdict, reason });
    expect(seen.message).not.toContain('geheim');
  });
});

describe('the role', () => {
  const slot = 'slot|lost_site|50331648\nslot|other|1';

  it.each([
    { wanted: {}, stdout: 'role|f|f|0\n', verdict: 'Healthy', reason: 'IsPrimary' },
    { wanted: {}, stdout: 'role|t|f|1\n', verdict: 'Degraded', reason: 'IsReplica' },
    { wanted: {}, stdout: 'role|t|t|0\n', verdict: 'Degraded', reason: 'RecoveryPaused' },
    { wanted: { role: 'replica' as const }, stdout: 'role|t|f|1\n', verdict: 'Healthy', reason: 'IsReplica' },
    { wanted: { role: 'replica' as const }, stdout: 'role|f|f|0\n', verdict: 'Degraded', reason: 'IsPrimary' },
    {
      wanted: { replicationSlots: 'refused' as const },
      stdout: 'role|f|f|0\n',
      verdict: 'Healthy',
      reason: 'IsPrimary',
    },
    {
      wanted: { replicationSlots: 'refused' as const },
      stdout: `role|f|f|0\n${slot}`,
      verdict: 'Degraded',
      reason: 'SlotHoldsWal',
    },
    { wanted: {}, stdout: '', verdict: 'Degraded', reason: 'Unexpected' },
    { wanted: {}, stdout: 'role|maybe|f|0', verdict: 'Degraded', reason: 'Unexpected' },
  ])('$wanted of $stdout is $reason', ({ wanted, stdout, verdict, reason }) => {
    expect(judgeRole(wanted, stdout)).toMatchObject({ verdict, reason });
  });

  it('notes a slot that holds WAL, with its size and what to do', () => {
    expect(judgeRole({}, `role|f|f|0\n${slot}`).note).toBe(
      "replication slot lost_site (and 1 more) has no reader and holds 48.0 MiB of WAL, more with each write; if its reader is lost: select pg_drop_replication_slot('lost_site')",
    );
  });

  it('notes a replica that nobody feeds', () => {
    expect(judgeRole({ role: 'replica' }, 'role|t|f|0').note).toContain('no WAL receiver runs');
    expect(judgeRole({ role: 'replica' }, 'role|t|f|1').note).toBeUndefined();
  });
});

describe('the ladder of postgres', () => {
  const up = { pg_isready: '', 'pg_is_in_recovery()': 'role|f|f|0' };

  it('asks each rung once, tables in quotes, in a session that cannot write and ends by itself', async () => {
    const { kube, lines } = fakeEngine({ ...up, 'select count(*)': '7\n' });
    const data = { table: 'public.Orders' };

    const seen = await postgres.observe(
      { ...contextOf(kube), attemptTimeoutMs: 9000 },
      spec({ database: 'shop', data }),
    );

    expect(seen.message).toBe('pod ready, accepts connections, role primary, data: table public.Orders has 7 rows');
    expect(lines()).toHaveLength(3);
    expect(lines()[2]).toContain(
      '--command=set statement_timeout = 9000 --command=set default_transaction_read_only = on --command=select count(*) from "public"."Orders"',
    );
  });

  it.each([
    { count: '0', reason: 'EmptyDatabase' },
    { count: '4', reason: 'OtherRows' },
    { count: '5', reason: 'DataAsExpected' },
    { count: 'many', reason: 'Unexpected' },
  ])('takes $count rows for $reason', async ({ count, reason }) => {
    const { kube } = fakeEngine({ ...up, 'select count(*) from "orders"': count });
    const data = { table: 'orders', expect: { atLeast: 5 } };

    expect((await postgres.observe(contextOf(kube), spec({ data }))).reason).toBe(reason);
  });

  it('asks nothing more when a rung does not hold', async () => {
    const { kube, lines } = fakeEngine({ pg_isready: { exitCode: 2 } });

    expect(await postgres.observe(contextOf(kube), spec({ data: { table: 'a' } }))).toMatchObject({
      reason: 'NotListening',
      message: expect.stringMatching(/^accepts connections: /),
    });
    expect(lines()).toHaveLength(1);
  });

  it('asks why connections are rejected, and says so for words it does not know too', async () => {
    const replaying = fakeEngine({
      pg_isready: { exitCode: 1 },
      'select 1': failed(fatal('the database system is starting up')),
    });
    const foreign = fakeEngine({ pg_isready: { exitCode: 1 }, 'select 1': failed(fatal('startet')) });

    expect((await postgres.observe(contextOf(replaying.kube), spec({}))).reason).toBe('ReplayingWal');
    expect((await postgres.observe(contextOf(foreign.kube), spec({}))).reason).toBe('RejectsConnections');
  });

  it('never tells what a query answered', async () => {
    const { kube } = fakeEngine({ ...up, 'select name': 'Ada Lovelace' });
    const data = { query: 'select name from people', expect: { equals: 'Grace Hopper' } };

    const seen = await postgres.observe(contextOf(kube), spec({ data }));

    expect(seen).toMatchObject({ verdict: 'Degraded', reason: 'Unexpected' });
    expect(seen.message).not.toContain('Ada');
  });

  it.each([
    { answer: '', reason: 'EmptyDatabase' },
    { answer: '0\n', reason: 'EmptyDatabase' },
    { answer: '3', reason: 'Unexpected' },
    { answer: '5', reason: 'DataAsExpected' },
  ])('takes the answer $answer of a query for $reason', async ({ answer, reason }) => {
    const { kube } = fakeEngine({ ...up, 'select n': answer });

    const seen = await postgres.observe(contextOf(kube), spec({ data: { query: 'select n', expect: { atLeast: 5 } } }));

    expect(seen.reason).toBe(reason);
  });
});
