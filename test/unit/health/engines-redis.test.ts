import { describe, expect, it } from 'vitest';
import { redis } from '../../../src/health/checks/redis.ts';
import { judgeLoading, judgeRedisRole, redisFault } from '../../../src/health/engines/redis.ts';
import { fakeEngine } from '../../support/fake-engine.ts';
import { contextOf } from './check-kube.ts';

const spec = (more: object) => redis.spec.parse({ pod: 'orders-db-1', ...more });
const primary = '# Replication\r\nrole:master\r\nconnected_slaves:0\r\n';
const replica = (link: string, more = ''): string =>
  `# Replication\r\nrole:slave\r\nmaster_link_status:${link}\r\n${more}`;

describe('an answer of Redis', () => {
  it.each([
    { stdout: 'PONG', stderr: '', reason: undefined },
    { stdout: '', stderr: 'Could not connect to Redis at 127.0.0.1:6379: Connection refused', reason: 'NotListening' },
    { stdout: '', stderr: 'Could not connect to Valkey at 127.0.0.1:6379: Connection refused', reason: 'NotListening' },
    { stdout: 'LOADING Redis is loading the dataset in memory', stderr: '', reason: 'Loading' },
    { stdout: 'NOAUTH Authentication required.', stderr: '', reason: 'NoPassword' },
    {
      stdout: 'NOAUTH Authentication required.',
      stderr: 'AUTH failed: WRONGPASS invalid username-password pair',
      reason: 'WrongPassword',
    },
    { stdout: 'NOPERM this user has no permissions to run the info command', stderr: '', reason: 'PermissionDenied' },
    { stdout: 'MASTERDOWN Link with MASTER is down', stderr: '', reason: 'PrimaryDown' },
    { stdout: 'ERR unknown command', stderr: '', reason: 'RedisError' },
    { stdout: 'ERR max number of clients reached', stderr: '', reason: 'Refused' },
  ])('$stdout$stderr is $reason', ({ stdout, stderr, reason }) => {
    expect(redisFault(stdout, stderr)?.reason).toBe(reason);
  });
});

describe('loading', () => {
  it('says how far it is, where Redis says so', () => {
    const info = 'loading:1\r\nloading_loaded_perc:37.62\r\nloading_eta_seconds:12\r\n';

    expect(judgeLoading(info).message).toContain('(37 % done, about 12 s left)');
    expect(judgeLoading('loading:1\r\nloading_loaded_perc:many\r\n').message).toContain(
      'its data file and answers nothing',
    );
  });
});

describe('the role of a Redis', () => {
  it.each([
    { wanted: 'primary' as const, info: primary, verdict: 'Healthy', reason: 'IsPrimary', says: '' },
    {
      wanted: 'primary' as const,
      info: replica('up'),
      verdict: 'Degraded',
      reason: 'IsReplica',
      says: 'no longer what was restored',
    },
    {
      wanted: 'primary' as const,
      info: replica('down'),
      verdict: 'Degraded',
      reason: 'IsReplica',
      says: 'drops its own data',
    },
    { wanted: 'replica' as const, info: replica('up'), verdict: 'Healthy', reason: 'IsReplica', says: '' },
    {
      wanted: 'replica' as const,
      info: replica('down', 'master_sync_in_progress:1\r\n'),
      verdict: 'Progressing',
      reason: 'Syncing',
      says: '',
    },
    {
      wanted: 'replica' as const,
      info: replica('down'),
      verdict: 'Progressing',
      reason: 'PrimaryDown',
      says: 'point it at the new one',
    },
    {
      wanted: 'replica' as const,
      info: primary,
      verdict: 'Degraded',
      reason: 'IsPrimary',
      says: 'takes writes of its own',
    },
    { wanted: 'primary' as const, info: '', verdict: 'Degraded', reason: 'Unexpected', says: '' },
    { wanted: 'primary' as const, info: 'role:sentinel', verdict: 'Degraded', reason: 'Unexpected', says: '' },
  ])('wanted as $wanted: $reason', ({ wanted, info, verdict, reason, says }) => {
    expect(judgeRedisRole(wanted, info)).toMatchObject({ verdict, reason, message: expect.stringContaining(says) });
  });
});

describe('the ladder of redis', () => {
  const up = { ping: 'PONG', 'info replication': primary };

  it('asks each rung once, and for all named keys at once', async () => {
    const { kube, lines } = fakeEngine({ ...up, dbsize: '2000\n', exists: '2\n' });
    const data = { count: { atLeast: 2000 }, keys: ['session:1', 'session:2'] };

    expect((await redis.observe(contextOf(kube), spec({ port: 6380, database: 2, data }))).message).toBe(
      'pod ready, accepts connections, role primary, data: database 2 has 2000 keys, the named ones among them',
    );
    expect(lines()).toEqual([
      'redis-cli -p 6380 --no-auth-warning --raw ping',
      'redis-cli -p 6380 -n 2 --no-auth-warning --raw info replication',
      'redis-cli -p 6380 -n 2 --no-auth-warning --raw dbsize',
      'redis-cli -p 6380 -n 2 --no-auth-warning --raw exists session:1 session:2',
    ]);
  });

  it('names the first key that is not there', async () => {
    const { kube } = fakeEngine({ ...up, dbsize: '3', 'exists a b c': '2', 'exists a': '1', 'exists b': '0' });

    expect(await redis.observe(contextOf(kube), spec({ data: { keys: ['a', 'b', 'c'] } }))).toMatchObject({
      verdict: 'Degraded',
      reason: 'KeyMissing',
      message: 'data: the key "b" is not there, of 3 keys',
    });
  });

  it.each([
    { dbsize: '0', data: { count: { atLeast: 1 } }, reason: 'EmptyDatabase' },
    { dbsize: '0', data: { keys: ['a'] }, reason: 'EmptyDatabase' },
    { dbsize: '9', data: { count: { atLeast: 10 } }, reason: 'OtherCount' },
    { dbsize: '11', data: { count: { atMost: 10, atLeast: 1 } }, reason: 'OtherCount' },
    { dbsize: '11', data: { count: { equals: 10 } }, reason: 'OtherCount' },
    { dbsize: '10', data: { count: { equals: 10 } }, reason: 'DataAsExpected' },
    { dbsize: 'many', data: { count: { equals: 10 } }, reason: 'Unexpected' },
  ])('takes $dbsize keys for $reason', async ({ dbsize, data, reason }) => {
    const { kube } = fakeEngine({ ...up, dbsize });

    expect((await redis.observe(contextOf(kube), spec({ data }))).reason).toBe(reason);
  });

  it('asks how far it is while it is loading', async () => {
    const { kube } = fakeEngine({ ping: 'LOADING Redis is loading', 'info persistence': 'loading_loaded_perc:5.00' });

    expect(await redis.observe(contextOf(kube), spec({}))).toMatchObject({
      verdict: 'Progressing',
      reason: 'Loading',
      message: expect.stringContaining('accepts connections: Redis is loading its data file (5 % done)'),
    });
  });

  it('takes valkey-cli where there is no redis-cli', async () => {
    const { kube } = fakeEngine({ 'redis-cli': 'absent', ...up });
    const none = fakeEngine({ 'redis-cli': 'absent', 'valkey-cli': 'absent' });

    expect((await redis.observe(contextOf(kube), spec({}))).verdict).toBe('Healthy');
    expect((await redis.observe(contextOf(none.kube), spec({}))).message).toContain('there is no program redis-cli');
  });

  it('does not take another answer than PONG for a yes', async () => {
    const { kube } = fakeEngine({ ping: 'maybe' });

    expect((await redis.observe(contextOf(kube), spec({}))).verdict).toBe('Unknown');
  });
});
